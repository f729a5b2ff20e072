"""`tunewright evaluate`: measurements."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@options.recipe
@options.strict
@options.by
@options.home
@options.as_json
def command(recipe: Path, strict: bool, by: str | None, home: Path | None, as_json: bool) -> None:
    """Measure every arm of a recipe.

    Base, tuned model and whatever else RECIPE names as arms answer the same items; the model is trained first if
    need be. `tunewright run` takes the result up.

    --json prints {"digest", "record"}, the record being the report.
    """
    from tunewright.cli.stage import record

    record(recipe, home, by, "evaluate", strict, as_json)
