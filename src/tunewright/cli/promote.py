"""`tunewright promote`: make a release live."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@click.argument("release")
@options.why
@click.option("--override", is_flag=True, help="Promote although the verdict is not pass; the ledger says so.")
@options.dry_run
@options.by
@options.home
@options.as_json
def command(
    release: str, why: str, override: bool, dry_run: bool, by: str | None, home: Path | None, as_json: bool,
) -> None:
    """Make a release live.

    RELEASE reads name@number, or a digest of four digits or more. Gateways follow within a second. A release
    whose verdict is not pass is refused unless you take it on yourself with --override.
    """
    from tunewright.cli.change import tell
    from tunewright.verbs import promote

    tell(lambda: promote(release, why=why, by=by, override=override, dry_run=dry_run, home=home), as_json)
