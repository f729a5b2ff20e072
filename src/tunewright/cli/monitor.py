"""`tunewright monitor`: watch a name's canary, and move it."""

from pathlib import Path

import click

from tunewright.cli import options

LOOK = 5.0
"""Seconds between two looks."""


@click.command()
@click.argument("names", nargs=-1)
@click.option("--recipe", type=click.Path(path_type=Path), metavar="FILE",
              help="What is run where `monitor.on_drift: retrain` or `monitor.every` want it (one of NAMES).")
@click.option("--once", is_flag=True, help="Look once and end.")
@options.by
@options.home
def command(names: tuple[str, ...], recipe: Path | None, once: bool, by: str | None, home: Path | None) -> None:
    """Watch canaries and move them, then watch for drift.

    Judges the canary of each of NAMES (of every name, if none is given) by what users meet, every five seconds: it
    grows through the recipe's steps and becomes live, or is taken away with an incident in the ledger that holds the
    evidence. Of the live release it tells when what is asked or answered is no longer what it was when the release
    became live (`drift`), and starts the recipe's run if that is asked for. Runs until it is stopped; what it knows it
    reads from the audit trail.
    """
    import time

    from tunewright import registry
    from tunewright.core.errors import Fault
    from tunewright.core.home import find_home
    from tunewright.core.identity import actor
    from tunewright.monitor.after import After
    from tunewright.monitor.watch import Watch

    if recipe and len(names) != 1:
        raise Fault("--recipe is run for one name: name it.")
    at = find_home(named=home)
    who = by or f"monitor of {actor(None)}"
    watches: dict[str, tuple[Watch, After]] = {}
    while True:
        known = registry.fold(at)
        for name in names or sorted(known.names):
            known.of(name)
            if name not in watches:
                watches[name] = Watch(at, name, who, _say), After(at, name, who, recipe, _say)
            for watch in watches[name]:
                watch.look()
        if once:
            return
        time.sleep(LOOK)


def _say(stage: str, text: str) -> None:
    click.echo(f"{stage:<10}{text}")
