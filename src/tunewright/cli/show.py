"""`tunewright show`: a release or another record, and what it was made from."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@click.argument("record", required=False)
@options.home
@options.as_json
def command(record: str | None, home: Path | None, as_json: bool) -> None:
    """Show releases, or one record.

    RECORD reads name@live, name@3, or a digest of four digits or more; it is shown with what it was made from.
    Without RECORD, every release and its status is listed.

    --json prints {"record", "digest", "lineage": [{"kind", "digest", "title", "inputs", "record"}]}, or a list of
    releases: name, number, digest, status, outcome, added_at, by, live_at, withdrawals, waived.
    """
    from tunewright.cli import showing

    if record is None:
        showing.releases(home, as_json)
    else:
        showing.record(record, home, as_json)
