"""`tunewright run`: from a recipe to a release."""

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
    """Make a release: data to verdict.

    Works through RECIPE (a YAML file): data, check, train, evaluate, gate, release, report page. A stopped run is
    taken up where it stopped, and a second run of the same recipe does no work. Exit code 3: the gate failed; 4:
    it is undecided.

    --json prints {"release", "digest", "status", "verdict", "held", "report"}.
    """
    from tunewright.cli.stage import OUTCOMES, finish, staged

    with staged(recipe, home, by, "run", strict, as_json) as (pipeline, screen):
        return OUTCOMES[finish(pipeline, screen, as_json).outcome]
