"""`tunewright check`: would this recipe train on the right tokens?"""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@options.recipe
@options.strict
@options.home
@options.as_json
def command(recipe: Path, strict: bool, home: Path | None, as_json: bool) -> int:
    """Check a recipe without training.

    Reads RECIPE, its data and its base, and proves that the loss sees the right tokens. Shows one example as it
    is trained on, what the model learns marked, and what licences say to the use that the recipe states.

    --json prints {"dataset", "licences": [{"path", "license", "forbids", "reason"}], "base", "records", "tokens",
    "supervised", "longest", "truncated", "shared_prefix_share", "findings", "gate", "example"}; "gate" is a sentence
    for each thing that most gates guard and this one does not.
    """
    from tunewright.cli.checking import check

    return check(recipe, home, strict, as_json)
