"""How a recipe's stages are run and told; shared by `run` and the verbs of single stages."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tunewright.cli.output import Screen, emit
from tunewright.core.digest import short
from tunewright.core.errors import EXIT_GATE_FAILED, EXIT_GATE_UNDECIDED, EXIT_OK
from tunewright.core.records import Record, Verdict
from tunewright.lineage import kind
from tunewright.pipeline import Pipeline, opened
from tunewright.registry import Standing

OUTCOMES = {"pass": EXIT_OK, "fail": EXIT_GATE_FAILED, "undecided": EXIT_GATE_UNDECIDED}


@contextmanager
def staged(
    recipe: Path, home: Path | None, by: str | None, verb: str, strict: bool, as_json: bool,
) -> Iterator[tuple[Pipeline, Screen]]:
    """The recipe's pipeline and the screen that it speaks on. With JSON, stages are notices."""
    screen = Screen(notices=as_json)
    try:
        with opened(recipe, home=home, by=by, strict=strict, say=screen.say, progress=screen.progress) as pipeline:
            screen.head(f"{pipeline.recipe.name} · {pipeline.recipe.purpose}")
            yield pipeline, screen
    except KeyboardInterrupt as error:
        error.add_note(f"`tunewright {verb} {recipe}` goes on where this stopped.")
        raise
    finally:
        screen.clear()


def record(recipe: Path, home: Path | None, by: str | None, stage: str, strict: bool, as_json: bool) -> Record:
    """Work through to one stage's record and tell it."""
    with staged(recipe, home, by, stage, strict, as_json) as (pipeline, screen):
        screen.flow()
        found: Record = getattr(pipeline, {"data": "dataset", "train": "model", "evaluate": "report",
                                           "gate": "verdict"}[stage])
        if as_json:
            emit({"digest": found.digest, "record": found.model_dump(mode="json")})
        elif not pipeline.run.fresh:
            screen.say(stage, f"nothing to do: {kind(found)} {short(found.digest)} is held already")
        return found


def waived(recipe: Path, home: Path | None, by: str | None, rules: Sequence[str], why: str, dry_run: bool, strict: bool,
           as_json: bool) -> Verdict:
    """Waive rules of a recipe's verdict, and tell the verdict that is left."""
    from tunewright import gate

    with staged(recipe, home, by, "gate", strict, as_json) as (pipeline, screen):
        screen.flow()
        found = gate.waive(pipeline.run.home.ledger, pipeline.verdict, rules, by, why, dry_run=dry_run)
        gate.tell(found, pipeline.run)
        if as_json:
            emit({"digest": found.digest, "record": found.model_dump(mode="json")})
        elif dry_run:
            screen.say("gate", "nothing was waived: this was a dry run")
        else:
            screen.say("next", f"tunewright run {recipe}")
        return found


def finish(pipeline: Pipeline, screen: Screen, as_json: bool) -> Standing:
    """Work through to the release and tell it; say so if there was nothing to do."""
    held = pipeline.held
    if held is None:
        screen.flow()
    release = pipeline.release
    standing = pipeline.standing
    page = pipeline.run.folder / "report.html"
    if as_json:
        emit({"release": release.reference, "digest": release.digest, "status": standing.status,
              "verdict": standing.verdict, "held": held is not None, "report": None if held else str(page)})
    elif held:
        screen.last(f"nothing to do: {held.reference} already holds this recipe, data and base")
    else:
        screen.say("release", f"{release.reference} · {standing.status} · {short(release.digest)}")
        screen.say("report", shown(page))
        screen.say("next", _next(standing))
    return standing


def _next(standing: Standing) -> str:
    """The command a person would want after this verdict."""
    if standing.status == "candidate" and standing.outcome == "pass":
        return f'tunewright promote {standing.reference} --why "…"'
    return f"tunewright show {standing.reference}"


def shown(path: Path) -> str:
    """The path as a person here would type it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
