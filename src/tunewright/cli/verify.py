"""`tunewright verify`: is everything still as it was written?"""

from pathlib import Path

import click

from tunewright.cli import options

_file = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--head", type=_file, metavar="FILE", help="Also check that nothing is gone since this exported head.")
@click.option("--export-head", type=_file, metavar="FILE", help="Write the ledger's head to FILE; keep it elsewhere.")
@options.home
@options.as_json
def command(head: Path | None, export_head: Path | None, home: Path | None, as_json: bool) -> int:
    """Check that nothing was changed.

    Walks the ledger's chain, every object's bytes, the inputs of every release, the evidence of every step of the
    monitor, and the audit chain. Each break is one line; exit code 2 if there is any.

    An object that a withdrawal erased is no break, and is told with its entry.

    --json prints {"intact", "breaks", "head", "erased": {entry: objects}}.
    """
    from dataclasses import asdict

    from tunewright.cli.output import emit
    from tunewright.core.errors import EXIT_FAULT, EXIT_OK
    from tunewright.core.home import find_home
    from tunewright.core.run import write_atomically
    from tunewright.verbs import read_head, verify
    from tunewright.withdraw import erasures

    at = find_home(named=home)
    last = at.ledger.head()
    breaks = list(verify(home=home, head=read_head(head) if head else None))
    if as_json:
        emit({"intact": not breaks, "breaks": breaks, "head": asdict(last), "erased": erasures(at)})
    for line in () if as_json else breaks:
        click.echo(line)
    if breaks:
        return EXIT_FAULT
    if export_head:
        import json

        write_atomically(export_head, json.dumps(asdict(last)) + "\n")
    if not as_json:
        click.echo(f"intact: {last.number} {'entry' if last.number == 1 else 'entries'}, head {last.digest[:12]}")
        for entry, count in erasures(at).items():
            click.echo(f"erased by entry {entry}: {count} object{'s' * (count != 1)}")
    return EXIT_OK
