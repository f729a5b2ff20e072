"""`tunewright feedback`: what clients said of answers, told and exported."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from tunewright.cli import options

if TYPE_CHECKING:
    from tunewright.serve.feedback import Exported


@click.command()
@click.argument("name")
@click.option("--export", "export", type=(click.Choice(["sft", "preference"]), click.Path(path_type=Path)),
              metavar="KIND FILE", help="Write records to learn from, sft or preference, to a .jsonl file.")
@click.option("--why", metavar="REASON", help="The reason to export, for the ledger.")
@options.by
@options.home
@options.as_json
def command(name: str, export: tuple[Literal["sft", "preference"], Path] | None, why: str | None, by: str | None,
            home: Path | None, as_json: bool) -> None:
    """Show or export what clients said of answers.

    NAME is a name or one of its releases (name@3). With --export, corrections and answers that were found good become
    conversations (sft), corrections and scores preferences; personal data in them is masked, and the file is ready
    to be a source of the next dataset.

    --json prints a list of {"release", "answers", "scored", "score", "corrections", "comments"}; with --export
    {"digest", "records", "reasons", "masked", "left_out"}.
    """
    from dataclasses import asdict

    from tunewright import verbs
    from tunewright.cli.output import emit, table
    from tunewright.core.errors import Fault

    if export:
        if not why:
            raise Fault("--export takes records out for learning: say the reason with --why.")
        done = verbs.export_feedback(name, export[0], export[1], why=why, by=by, home=home)
        if as_json:
            emit(asdict(done))
        else:
            _tell(done, *export)
        return
    found = verbs.feedback(name, home=home)
    if as_json:
        emit([asdict(one) for one in found])
    elif not found:
        click.echo(f"nobody has said anything of the answers of {name}: clients do by POST /v1/feedback.", err=True)
    else:
        table([[one.release, f"{one.answers:,}", "" if one.score is None else f"{one.score:.2f}", f"{one.scored:,}",
                f"{one.corrections:,}", f"{one.comments:,}"] for one in found],
              ["release", "answers", "score", "scored", "corrected", "commented"])


def _tell(done: "Exported", kind: str, path: Path) -> None:
    reasons = ", ".join(f"{number:,} {reason}" for reason, number in sorted(done.reasons.items()))
    click.echo(f"export    {done.records:,} records ({reasons}) → {path}, {done.masked:,} values masked")
    for reason, number in sorted(done.left_out.items()):
        click.echo(f"left out  {number:,}: {reason}", err=True)
    click.echo("next      give it to a recipe, with the licence and lawful basis that hold for it:\n"
               f"            - path: {path.name}\n              format: {'chat' if kind == 'sft' else kind}\n"
               "              license: proprietary\n              basis: legitimate_interests\n"
               "              subject: subject\n              collected: {column: collected}", err=True)
