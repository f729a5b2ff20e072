"""How advice is asked for and told: what the arms reach, the checklist, the way with its reasons."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunewright.cli.output import Screen, emit
from tunewright.cli.stage import shown, staged
from tunewright.evaluate.advise.records import Advice
from tunewright.evaluate.metrics import decimal, lines
from tunewright.pipeline import ADVICE
from tunewright.recipe.advise import AdviseSpec


def advise(recipe: Path, said: Mapping[str, Any], home: Path | None, by: str | None, strict: bool,
           as_json: bool) -> None:
    """Ask the arms and tell the advice. What is `said` on the command line stands above the recipe's section."""
    with staged(recipe, home, by, "advise", strict, as_json) as (pipeline, screen):
        screen.flow()
        spec = AdviseSpec.model_validate({**pipeline.recipe.advise.model_dump(), **said})
        advice = pipeline.advice(spec)
        if as_json:
            emit({"digest": advice.digest, "record": advice.model_dump(mode="json")})
            return
        _tell(advice, screen)
        screen.say("record", shown(pipeline.run.folder / ADVICE))
        if advice.way == "fine-tune":
            screen.say("next", f"tunewright run {recipe}")


def _tell(advice: Advice, screen: Screen) -> None:
    for line in lines(advice.metrics, ()):
        screen.say("arms", line)
    wide = [max((len(text) for text in column), default=0)
            for column in ([gap.name for gap in advice.differences], [gap.arm for gap in advice.differences])]
    for gap in advice.differences:
        sign = "+" if gap.value >= 0 else ""
        screen.say("against", f"{gap.name:<{wide[0]}}  {gap.arm:<{wide[1]}} less {gap.against}  "
                              f"{sign}{decimal(gap.value)} (95 % {decimal(gap.low)} to {decimal(gap.high)})")
    asked = max(len(check.question) for check in advice.checks)
    answered = max(len(check.answer) for check in advice.checks)
    for check in advice.checks:
        screen.say("checklist", f"{check.question:<{asked}}  {check.answer:<{answered}}  {check.says}")
    screen.say("advice", advice.sentence)
    for number, reason in enumerate(advice.reasons):
        screen.say("because" if number == 0 else "also", reason)
