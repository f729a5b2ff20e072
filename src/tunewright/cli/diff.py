"""`tunewright diff`: what changed between two releases or records."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--markdown", is_flag=True, help="Print a Markdown table, for a pull request.")
@options.home
@options.as_json
def command(a: str, b: str, markdown: bool, home: Path | None, as_json: bool) -> None:
    """Show what changed between two.

    A and B read name@live, name@3, or a digest; only what changed is shown, with the deltas of figures.

    --json prints {"kind", "a", "b", "shifts": [{"what", "before", "after", "delta"}]}.
    """
    from tunewright.cli.output import emit
    from tunewright.verbs import diff

    found = diff(a, b, home=home)
    if as_json:
        emit(found.json())
    else:
        click.echo(found.markdown() if markdown else found.text())
