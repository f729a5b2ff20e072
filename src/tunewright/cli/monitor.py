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
@options.as_json
def command(names: tuple[str, ...], recipe: Path | None, once: bool, by: str | None, home: Path | None,
            as_json: bool) -> None:
    """Watch canaries and move them, then watch for drift.

    Judges the canary of each of NAMES (of every name, if none is given) by what users meet, every five seconds: it
    grows through the recipe's steps and becomes live, or is taken away with an incident in the ledger that holds the
    evidence. Of the live release it tells when what is asked or answered is no longer what it was when the release
    became live (`drift`), and starts the recipe's run if that is asked for. Runs until it is stopped; what it knows it
    reads from the audit trail.

    --json, with --once, prints a list with an object for each name: name, live, canary (release, share, move, to, why,
    evidence, traffic; null without one), shadows (release, share, at_least, metric, answer, value, low, high, counts),
    drift (kind, size, p, most). `traffic` has answers, tokens, cost and seconds by release.
    """
    import time
    from dataclasses import asdict

    from tunewright import registry
    from tunewright.cli.output import emit
    from tunewright.core.errors import Fault
    from tunewright.core.home import find_home
    from tunewright.core.identity import actor
    from tunewright.monitor.after import After
    from tunewright.monitor.drift import Alarm
    from tunewright.monitor.judgements import Judges
    from tunewright.monitor.watch import Watch

    if recipe and len(names) != 1:
        raise Fault("--recipe is run for one name: name it.")
    if as_json and not once:
        raise Fault("--json prints one document, and without --once there is no end: add --once.")
    say = _notice if as_json else _say
    at = find_home(named=home)
    who = by or f"monitor of {actor(None)}"
    judges = Judges(at, who, say)
    watches: dict[str, tuple[Watch, After]] = {}
    moved: dict[str, list[Alarm]] = {}
    while True:
        known, states = registry.fold(at), []
        for name in names or sorted(known.names):
            known.of(name)
            if name not in watches:
                watches[name] = (Watch(at, name, who, say, judges), After(at, name, who, recipe, say, judges))
            watch, after = watches[name]
            watch.look()
            moved[name] = [*(moved.get(name, ()) if once else ()), *after.look()]
            states.append({**watch.state, "drift": [asdict(one) for one in moved[name]]})
        if not once:
            time.sleep(LOOK)
        elif not any([judges.settle(), *[after.settle() for _, after in watches.values()]]):
            break  # else what was said by now, when the judges and encoders were asked, counts too
    judges.close()
    if as_json:
        emit(states)


def _say(stage: str, text: str) -> None:
    click.echo(f"{stage:<10}{text}")


def _notice(stage: str, text: str) -> None:
    click.echo(f"{stage:<10}{text}", err=True)
