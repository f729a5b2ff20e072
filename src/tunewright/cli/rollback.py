"""`tunewright rollback`: make the release live that was live before."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@click.argument("name")
@options.why
@options.dry_run
@options.by
@options.home
@options.as_json
def command(name: str, why: str, dry_run: bool, by: str | None, home: Path | None, as_json: bool) -> None:
    """Go back to the release before.

    The release of NAME that was live before is live again. Gateways follow within a second. Rolling back again
    goes one release further back.
    """
    from tunewright.cli.change import tell
    from tunewright.verbs import rollback

    tell(lambda: rollback(name, why=why, by=by, dry_run=dry_run, home=home), as_json)
