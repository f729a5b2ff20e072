"""`tunewright data`: prepared examples."""

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
    """Prepare a recipe's data.

    Reads the sources of RECIPE, checks every record, removes duplicates and leaks, splits, and writes a card.
    `tunewright run` takes the result up.

    --json prints {"digest", "record"}, the record being the dataset.
    """
    from tunewright.cli.stage import record

    record(recipe, home, by, "data", strict, as_json)
