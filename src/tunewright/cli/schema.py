"""`tunewright schema`: the JSON schema of a recipe."""

import click


@click.command()
def command() -> None:
    """Print the JSON schema of a recipe, with which editors complete and check it."""
    from tunewright.cli.output import emit
    from tunewright.start import schema

    emit(schema())
