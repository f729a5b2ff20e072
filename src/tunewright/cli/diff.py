"""`tunewright diff`: what changed between two releases or records."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request.")
@options.home
@options.as_json
def command(a: str, b: str, markdown: bool, home: Path | None, as_json: bool) -> None:
    """Show what changed between two.

    A and B read name@live, name@3, or a digest; only what changed is shown, with the deltas of figures. Between
    datasets it counts records added, removed and changed, names the first of each by place, never by what they say,
    and tells how parts, sources, labels and lengths moved, beside what chance alone would show.

    --json prints {"kind", "a", "b", "shifts": [{"what", "before", "after", "delta"}], "records"}; "records" is null, or
    {"same", "moved", "added", "removed", "changed", "first_added", "first_removed", "first_changed", "distributions"}.
    """
    from tunewright.cli.output import emit
    from tunewright.core.visible import visible
    from tunewright.verbs import diff

    found = diff(a, b, home=home)
    if as_json:
        emit(found.json())
    else:
        click.echo(visible(found.markdown() if markdown else found.text()))
