"""How judging is told."""

from collections.abc import Sequence
from pathlib import Path

import click

from tunewright import judge, verbs
from tunewright.cli.output import Screen, emit
from tunewright.cli.stage import OUTCOMES, shown
from tunewright.core.digest import short
from tunewright.core.errors import EXIT_OK, Fault
from tunewright.core.home import find_home
from tunewright.core.identity import actor


def people(what: Sequence[str], home: Path | None, by: str | None, against: str, pairs: int, seed: int,
           suites: Sequence[str], as_json: bool) -> int:
    """Make the page for people and say where it lies; the exit code."""
    drawn = judge.for_people(find_home(named=home), _one(what), by=actor(by), against=against, most=pairs, seed=seed,
                             suites=suites)
    if as_json:
        emit({"page": str(drawn.path), "pairs": drawn.shown, "same": drawn.same})
        return EXIT_OK
    same = f" · {drawn.same:,} more of the draw say the same and count as equal" if drawn.same else ""
    click.echo(f"page      {shown(drawn.path)}")
    click.echo(f"          {drawn.shown:,} pairs, tuned and {against}, blind{same}")
    click.echo("next      send the page to several people, then tunewright judge --read FILE…")
    return EXIT_OK


def told(what: Sequence[str], home: Path | None, by: str | None, recipe: Path | None, reading: bool,
         as_json: bool) -> int:
    """Judge, and say what came of it; the exit code is the gate's."""
    screen = Screen(notices=as_json)
    screen.flow()
    try:
        if reading:
            made = judge.from_people(find_home(named=home), [Path(one) for one in what], by=actor(by), say=screen.say)
        else:
            made = verbs.judge(_one(what), recipe=recipe, home=home, by=by, say=screen.say, progress=screen.progress)
    finally:
        screen.clear()
    if as_json:
        emit({"report": made.report.digest, "release": made.release.reference if made.release else None,
              "outcome": made.verdict.outcome if made.verdict else None, "page": str(made.page) if made.page else None})
    elif made.release and made.page:
        screen.say("release", f"{made.release.reference} · {short(made.release.digest)}")
        screen.say("report", shown(made.page))
        if made.verdict and made.verdict.outcome == "pass":
            screen.say("next", f'tunewright promote {made.release.reference} --why "…"')
    else:
        screen.say("report", f"{short(made.report.digest)} holds these judgements")
    return OUTCOMES[made.verdict.outcome] if made.verdict else EXIT_OK


def _one(what: Sequence[str]) -> str:
    if len(what) > 1:
        raise Fault(f"judge takes one release or report at a time, and these are {len(what)}: with --read they would "
                    "be files of people's answers.")
    return what[0]
