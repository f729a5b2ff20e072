"""`tunewright retention`: what expires when."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@click.argument("what", required=False)
@options.home
@options.as_json
def command(what: str | None, home: Path | None, as_json: bool) -> None:
    """Show what expires when.

    WHAT is a recipe, whose data is prepared first, a release (name@3, name@live), or a digest of a dataset or of
    what came from one. Without WHAT, every release is listed with the first day on which a record of its dataset
    may no longer be used.

    --json prints {"dataset", "records", "expired", "expiries": [{"day", "records", "source", "retention"}]}, or a
    list of releases: release, status, dataset, expires.
    """
    from tunewright.cli import expiring

    if what is None:
        expiring.releases(home, as_json)
    else:
        expiring.one(what, home, as_json)
