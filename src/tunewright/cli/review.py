"""`tunewright review`: a person decides on drafts that an engine made."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--accept", multiple=True, metavar="ID", help="Accept this draft; may be given several times.")
@click.option("--reject", multiple=True, metavar="ID", help="Reject this draft; may be given several times.")
@click.option("--to-csv", type=click.Path(path_type=Path), metavar="FILE",
              help="Write the sample as a sheet, for people who review in a spreadsheet.")
@click.option("--from-csv", type=click.Path(path_type=Path), metavar="FILE",
              help="Take decisions and edits from such a sheet.")
@click.option("--by", metavar="NAME", help="Who decides, for file and ledger; else the operating-system user.")
@options.home
@options.as_json
def command(file: Path, accept: tuple[str, ...], reject: tuple[str, ...], to_csv: Path | None,
            from_csv: Path | None, by: str | None, home: Path | None, as_json: bool) -> int:
    """Decide on drafts.

    FILE is a review file, the `path` of a source of kind synthetic or label, or a recipe that has one. Shows the
    drafts of the sample one by one: a accepts, e edits, r rejects, b goes back, s passes over, q stops. Every
    decision is kept at once, so it goes on where it stopped; what you decided is then one entry in the ledger.

    \b
    Exit codes: 0 enough is decided, 4 people have to go on.

    --json prints {"file", "kind", "outcome", "sentence", "asked", "drafts", "sample", "decided", "accepted",
    "edited", "rejected", "rate", "low", "high", "left_out": {reason: count}, "open": [{"id", "content",
    "confidence"}]}, for a recipe with several such sources a list of them.
    """
    from tunewright.cli.reviewing import review

    return review(file, accept, reject, to_csv, from_csv, by, home, as_json)
