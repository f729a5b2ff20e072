"""Arms that are a model as it is: the base, the tuned model, and that of the release now live."""

from tunewright.evaluate.answers import Answers
from tunewright.evaluate.arms.arm import Arm
from tunewright.evaluate.arms.desk import OTHER_BENCH, Desk
from tunewright.evaluate.bench import open_base


def _base(desk: Desk) -> Answers:
    return desk.by_model("base")


def _tuned(desk: Desk) -> Answers:
    assert desk.model
    return desk.by_model("tuned", model=desk.held(desk.model))


def _live(desk: Desk) -> Answers:
    """Answers of the live release, if there is one. It may stand on another base than ours."""
    live = desk.live
    if live is None:
        return {}
    if live.base.digest == desk.base.digest:
        return desk.by_model("live", model=desk.held(live.model))
    bench = desk.once(OTHER_BENCH, lambda: open_base(live.base, desk.ground.spec.batch))
    return desk.by_model("live", model=desk.held(live.model, bench), bench=bench)


BASE = Arm(answers=_base, identity=lambda _desk: "base")
TUNED = Arm(answers=_tuned)
LIVE = Arm(answers=_live, identity=lambda desk: desk.live.model.digest if desk.live else None)
