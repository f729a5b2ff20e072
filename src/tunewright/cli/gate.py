"""`tunewright gate`: the verdict of a recipe's rules."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@options.recipe
@options.strict
@options.by
@options.home
@options.as_json
def command(recipe: Path, strict: bool, by: str | None, home: Path | None, as_json: bool) -> int:
    """Judge a recipe by its rules.

    Compares with the release that is live now, and makes no release; trains and measures first if need be. Exit
    code 0: pass, 3: fail, 4: undecided.

    --json prints {"digest", "record"}, the record being the verdict.
    """
    from tunewright.cli.stage import OUTCOMES, record
    from tunewright.core.records import Verdict

    verdict = record(recipe, home, by, "gate", strict, as_json)
    assert isinstance(verdict, Verdict)
    return OUTCOMES[verdict.outcome]
