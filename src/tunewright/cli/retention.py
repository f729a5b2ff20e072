"""`tunewright retention`: what expires when, and erasing what has."""

from pathlib import Path

import click

from tunewright.cli import options
from tunewright.core.errors import Fault


@click.command()
@click.argument("what", required=False)
@click.option("--erase", is_flag=True, help="Erase what has expired; without --why, only say what.")
@click.option("--why", metavar="REASON", help="The reason to erase, for the ledger.")
@options.dry_run
@options.by
@options.home
@options.as_json
def command(what: str | None, erase: bool, why: str | None, dry_run: bool, by: str | None, home: Path | None,
            as_json: bool) -> None:
    """Show what expires when; with --erase, erase what has.

    WHAT is a recipe, whose data is prepared first, a release (name@3, name@live), or a digest of a dataset or of
    what came from one. Without WHAT, every release is listed with the first day on which a record of its dataset
    may no longer be used.

    --erase takes the records that may no longer be used out of every dataset version, report and run, as `withdraw`
    does, and is one entry in the ledger. Without --why, or with --dry-run, it says what would go and changes nothing.

    --json prints {"dataset", "records", "expired", "expiries": [{"day", "records", "source", "retention"}]}, or a
    list of releases: release, status, dataset, expires; with --erase {"entry", "records", "datasets": {digest: parts},
    "models", "reports", "releases", "erased"}.
    """
    from tunewright.cli import expiring

    if erase:
        expiring.erase(what, why, by, home, dry_run=dry_run, as_json=as_json)
    elif why or dry_run:
        raise Fault("--why and --dry-run are about erasing: add --erase, or leave them out.")
    elif what is None:
        expiring.releases(home, as_json)
    else:
        expiring.one(what, home, as_json)
