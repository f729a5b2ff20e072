"""Releases from small made-up records."""

from tunewright import registry
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Metric, Model, Origin, Outcome, Release, Report, RuleResult, Verdict
from tunewright.recipe import Recipe

RECIPE = Recipe.model_validate({
    "name": "desk", "purpose": "Name the intent.", "gate": [{"metric": "task/exact", "at_least": 0.5}],
    "data": {"sources": [{"path": "a.csv", "license": "CC0-1.0", "basis": "contract"}]},
})


def add_release(home: Home, name: str, outcome: Outcome = "pass", seed: str = "0") -> Release:
    """A release of `name` from small made-up records; another `seed` gives another model."""
    origin = Origin(path="a.csv", digest="a" * 64, license="CC0-1.0", basis="contract", rows=10)
    dataset = Dataset(name=name, spec="0" * 64, origins=(origin,), files="0" * 64, counts={"train": 8, "test": 2})
    model = Model(name=name, spec=seed, base="b" * 64, base_name="tiny", dataset=dataset.digest, method="lora",
                  adapter=True, files="1" * 64, trainable=1, parameters=100, metrics={})
    report = Report(name=name, spec="2" * 64, dataset=dataset.digest, model=model.digest, arms=("base", "tuned"),
                    metrics=(_metric(seed),), differences=(), items="3" * 64)
    rule = RuleResult(metric="task/exact", rule="at_least 0.5", outcome=outcome, sentence="task/exact is what it is.")
    verdict = Verdict(name=name, spec="4" * 64, report=report.digest, against=None, outcome=outcome, rules=(rule,))
    return registry.add(home, name, RECIPE, dataset, model, report, verdict, "mira")


def _metric(seed: str) -> Metric:
    value = (sum(map(ord, seed)) % 10) / 10
    return Metric(name="task/exact", arm="tuned", value=value, low=value / 2, high=1.0, n=40)
