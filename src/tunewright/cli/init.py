"""`tunewright init`: a recipe and sample data to start from."""

from pathlib import Path

import click

_TEMPLATES = ("ticket-to-json", "classify")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--template", type=click.Choice(_TEMPLATES), default=_TEMPLATES[0], show_default=True,
              help="What the sample does.")
@click.option("--name", default="support-desk", show_default=True, help="Name of the recipe and its releases.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
def command(folder: Path, template: str, name: str, force: bool) -> None:
    """Write a recipe and sample data.

    FOLDER gets the recipe, the data and the JSON schema that editors complete recipes with. The recipe runs as it
    is; then put your own file in place of the sample's.
    """
    from tunewright.start import write

    paths = write(folder, template, name, force=force)
    for path in paths:
        click.echo(f"wrote {path}")
    click.echo(f"next: tunewright run {paths[0]}", err=True)
