"""`tunewright train`: a trained model."""

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
    """Train a recipe's model.

    Prepares the data of RECIPE and proves its mask first. A stopped training is taken up where it stopped.
    `tunewright run` takes the result up.

    --json prints {"digest", "record"}, the record being the model.
    """
    from tunewright.cli.stage import record

    record(recipe, home, by, "train", strict, as_json)
