"""`tunewright log`: the ledger, newest last."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@click.argument("name", required=False)
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the last N entries.")
@options.home
@options.as_json
def command(name: str | None, last: int | None, home: Path | None, as_json: bool) -> None:
    """Show who did what, when and why.

    Lists the ledger's entries, newest last; with NAME, those about it.

    --json prints a list of entries: number, previous, digest, at (UTC), by, action, subject, why, data.
    """
    from dataclasses import asdict

    from tunewright.cli.output import emit, table
    from tunewright.verbs import log

    entries = log(name, home=home)[-(last or 0):]
    if as_json:
        emit([asdict(entry) for entry in entries])
        return
    if not entries:
        click.echo("the ledger is empty: `tunewright run RECIPE` makes the first release.", err=True)
        return
    rows = [[str(entry.number), entry.at[:19].replace("T", " "), entry.digest[:6], entry.by, entry.action,
             entry.subject, entry.why] for entry in entries]
    table(rows, ["no", "when (UTC)", "entry", "who", "action", "what", "why"])
