"""`tunewright explain`: from a response back to its sources."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@click.argument("response")
@options.home
@options.as_json
def command(response: str, home: Path | None, as_json: bool) -> None:
    """Trace a response to its sources.

    RESPONSE is its id (chatcmpl-…). Shows its audit record with what its client retrieved, and release, verdict,
    report, model, dataset and sources behind it, the training records that ask most nearly the same, what clients
    said of it, and the steps by which the monitor let its release grow.

    --json prints {"audit", "links": [{"kind", "digest", "title", "inputs", "record"}], "entries", "records":
    [{"path", "row", "id", "similarity"}], "feedback", "steps": [{"entry", "evidence"}]}.
    """
    from dataclasses import asdict

    from tunewright.cli import showing
    from tunewright.cli.output import emit, table
    from tunewright.verbs import explain

    found = explain(response, home=home)
    if as_json:
        emit(asdict(found))
        return
    for name, value in found.audit.items():
        if value is not None and name != "sources":
            click.echo(f"{name:<16} {value}")
    for source in found.audit.get("sources", ()):
        click.echo(f"{'source':<16} {source['id']} {source.get('digest', '')}".rstrip())
    click.echo()
    showing.chain(found.links)
    if found.records:
        click.echo()
        table([[f"{one.similarity:.2f}", one.path, f"{one.row:,}", one.id[:12]] for one in found.records],
              ["nearest", "training record", "row", "id"])
    for one in found.feedback:
        click.echo(f"\nfeedback         {one['at'][:19].replace('T', ' ')} {one['feedback']}")
    showing.story(found.entries)
    showing.steps(found.steps)
