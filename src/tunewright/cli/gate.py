"""`tunewright gate`: the verdict of a recipe's rules."""

from pathlib import Path

import click

from tunewright.cli import options
from tunewright.core.errors import Fault


@click.command()
@options.recipe
@options.strict
@options.by
@options.home
@options.as_json
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write the verdict as JUnit XML too.")
@click.option("--markdown", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the verdict as Markdown too, for a CI's summary or a pull request.")
def command(recipe: Path, strict: bool, by: str | None, home: Path | None, as_json: bool, junit: Path | None,
            markdown: Path | None) -> int:
    """Judge a recipe by its rules.

    Compares with the release that is live now, and makes no release; trains and measures first if need be. Exit
    code 0: pass, 3: fail, 4: undecided.

    --json prints {"digest", "record"}, the record being the verdict.
    """
    from tunewright import gate
    from tunewright.cli.stage import OUTCOMES, record
    from tunewright.core.records import Verdict

    verdict = record(recipe, home, by, "gate", strict, as_json)
    assert isinstance(verdict, Verdict)
    for path, told in ((junit, gate.junit), (markdown, gate.markdown)):
        if path:
            _write(path, told(verdict))
    return OUTCOMES[verdict.outcome]


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise Fault(f"{path} cannot be written ({error.strerror}): name a file in a folder that is there.") from error
