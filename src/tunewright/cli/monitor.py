"""`tunewright monitor`: watch a name's canary, and move it."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@click.argument("names", nargs=-1)
@click.option("--once", is_flag=True, help="Look once and end.")
@options.by
@options.home
def command(names: tuple[str, ...], once: bool, by: str | None, home: Path | None) -> None:
    """Watch canaries and move them.

    Judges the canary of each of NAMES (of every name, if none is given) by what users meet, as often as its recipe's
    `monitor.every` says: it grows through the recipe's steps and becomes live, or is taken away with an incident in
    the ledger that holds the evidence. Runs until it is stopped; what it knows it reads from the audit trail.
    """
    import time

    from tunewright import registry
    from tunewright.core.home import find_home
    from tunewright.core.identity import actor
    from tunewright.monitor.watch import Watch

    at = find_home(named=home)
    watches: dict[str, Watch] = {}
    while True:
        known = registry.fold(at)
        for name in names or sorted(known.names):
            known.of(name)
            watch = watches.setdefault(name, Watch(at, name, by or f"monitor of {actor(None)}", _say))
            watch.look()
        if once:
            return
        time.sleep(5)


def _say(stage: str, text: str) -> None:
    click.echo(f"{stage:<10}{text}")
