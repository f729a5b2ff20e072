"""`tunewright schema`: the JSON schema of a recipe."""

import click


@click.command()
def command() -> None:
    """Print a recipe's JSON schema.

    Editors complete and check recipes with it; `tunewright init` writes it beside the recipe.
    """
    from tunewright.cli.output import emit
    from tunewright.start import schema

    emit(schema())
