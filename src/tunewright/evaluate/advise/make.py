"""Make advice: the arms that need no training answer the held-out items, and the rules say what that means."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from tunewright.base import Base
from tunewright.core.digest import digest_json
from tunewright.core.errors import Fault
from tunewright.core.items import About, Item
from tunewright.core.records import Dataset, Difference, Metric
from tunewright.core.run import Run
from tunewright.evaluate.advise.facts import Facts, Standing, Stands
from tunewright.evaluate.advise.records import Advice
from tunewright.evaluate.bench import Bench
from tunewright.recipe import EvaluateSpec, RuleSpec
from tunewright.recipe.advise import AdviseSpec
from tunewright.recipe.evaluate import TIMINGS

if TYPE_CHECKING:
    from tunewright.evaluate.arms.desk import Desk

VERSION = 1
STAGE = "advise"
_NO_USE = ("refused", "duplicates", "near-duplicates", "leaks", "quality")  # of a dataset's counts


def make(spec: AdviseSpec, evaluate: EvaluateSpec, rules: Sequence[RuleSpec], base: Base, dataset: Dataset, name: str,
         folder: Path, run: Run, bench: Bench | None = None) -> Advice:
    """Ask the arms that need no training, and advise; from the cache if nothing changed. See `evaluate.make`.

    Raises Fault if nothing is held out, and as `evaluate.make` does.
    """
    from tunewright.evaluate.arms import reads
    from tunewright.evaluate.schema import read_schema

    if not dataset.counts.get("test"):
        raise Fault("part test is empty, so no arm can be measured: give `data.split.test` a share such as 0.2, or a "
                    "source `part: test`.")
    asked = evaluate.model_copy(update={"suites": ("task",), "arms": cheap(evaluate)})
    schema = read_schema(asked, folder)
    told = [rule.model_dump(mode="json") for rule in rules]
    inputs = {"spec": spec.model_dump(mode="json"), "evaluate": asked.model_dump(mode="json"), "rules": told,
              "schema": schema, "read": reads(asked, folder), "base": base.digest, "dataset": dataset.digest,
              "name": name}

    def work() -> Advice:
        from tunewright.evaluate.advise.checks import checks
        from tunewright.evaluate.advise.rules import advise, kept
        from tunewright.evaluate.metrics import metrics
        from tunewright.evaluate.report import answered, at_desk

        desk = at_desk(asked, schema, base, dataset, run, bench, folder)
        items, about = answered(desk, asked.arms)
        present = [arm for arm in ("majority", *asked.arms) if any(item.arm == arm for item in items)]
        found = metrics(items, present, about)
        facts = _facts(spec, rules, dataset, items, about, found, desk)
        way, reasons = advise(facts)
        chosen = kept(facts) if way == "keep" else None
        return Advice(name=name, spec=digest_json(inputs["spec"]), base=base.digest, dataset=dataset.digest,
                      arms=tuple(present), metrics=tuple(found), differences=_differences(items, present, about),
                      checks=checks(facts), way=way, arm=chosen.arm if chosen else None, reasons=reasons)

    return run.cached(STAGE, VERSION, inputs, Advice, work)


def cheap(spec: EvaluateSpec) -> tuple[str, ...]:
    """The arms that need no training and have what they need, in the order in which they would be preferred."""
    has = {"base": True, "prompted": True, "tools": spec.tools.functions is not None or "tools" in spec.arms,
           "retrieval": spec.documents is not None, "endpoint": spec.endpoint is not None}
    return tuple(arm for arm, there in has.items() if there)


def _facts(spec: AdviseSpec, rules: Sequence[RuleSpec], dataset: Dataset, items: Sequence[Item], about: About,
           found: Sequence[Metric], desk: "Desk") -> Facts:
    from tunewright.evaluate import task

    bounds = [(rule, name) for rule in rules for name in about.names if _bounds(rule, name)]
    figures = {(one.name, one.arm): one for one in found}
    arms = dict.fromkeys(one.arm for one in found if one.arm != "majority")
    answers, alone = task.answers(desk.ground.training), desk.ground.spec.latency.alone > 0
    return Facts(spec, tuple(_worded(rule, name) for rule, name in bounds),
                 tuple(_standing(arm, bounds, figures, alone) for arm in arms), dataset.counts["train"],
                 len(set(answers)), sum(dataset.counts.get(why, 0) for why in _NO_USE) / max(dataset.counts["rows"], 1),
                 len({item.item for item in items}))


def _bounds(rule: RuleSpec, name: str) -> bool:
    """Whether a rule asks something of an arm's own figure on a metric of the task; a bare `*` means no seconds."""
    meant = fnmatchcase(name, rule.metric) and not (
        rule.metric.endswith("*") and rule.metric[:-1] in ("", "task/") and name.partition("/")[2] in TIMINGS)
    return meant and name.startswith("task/") and not rule.by and (rule.at_least, rule.at_most) != (None, None)


def _standing(arm: str, bounds: Sequence[tuple[RuleSpec, str]], figures: Mapping[tuple[str, str], Metric],
              alone: bool) -> Standing:
    """How an arm stands to bounds on metrics; a metric that it has no figure for leaves it open. Seconds are known
    where answers were asked `alone`: those of a batch say nothing about a reader who waits."""
    known = [(rule, figures.get((name, arm))) for rule, name in bounds]
    each = [_stands(rule, one) for rule, one in known]
    stands: Stands = "misses" if "misses" in each else "open" if "open" in each or not each else "reaches"
    first = next((one for _, one in known if one), None) or next(
        one for (_, of), one in figures.items() if of == arm)
    told = f"{first.name} {first.value:.2f}, 95 % {first.low:.2f} to {first.high:.2f}"
    seconds, cost = figures.get(("task/latency_p95", arm)), figures.get(("task/cost_per_1000", arm))
    return Standing(arm, stands, told, seconds.value if seconds and alone else None, cost.value if cost else None)


def _stands(rule: RuleSpec, one: Metric | None) -> Stands:
    if one is None:
        return "open"
    if rule.at_least is not None:
        return "reaches" if one.low >= rule.at_least else "misses" if one.high < rule.at_least else "open"
    assert rule.at_most is not None
    return "reaches" if one.high <= rule.at_most else "misses" if one.low > rule.at_most else "open"


def _differences(items: Sequence[Item], arms: Sequence[str], about: About) -> tuple[Difference, ...]:
    """Each arm less the base, item by item; those of one metric together."""
    from tunewright.evaluate.metrics import differences

    gaps = [gap for arm in arms if arm not in ("base", "majority") for gap in differences(items, ("base",), about, arm)]
    return tuple(sorted(gaps, key=lambda gap: about.names.index(gap.name)))


def _worded(rule: RuleSpec, name: str) -> str:
    return f"{name} at least {rule.at_least:g}" if rule.at_least is not None else f"{name} at most {rule.at_most:g}"
