import pytest

from tunewright.core.home import Home
from tunewright.core.records import Dataset, Model, Outcome, Release, Report, RuleResult, Verdict
from tunewright.recipe import Recipe
from tunewright import registry

RECIPE = Recipe.model_validate({
    "name": "desk", "purpose": "Name the intent.", "gate": [{"metric": "task/exact", "at_least": 0.5}],
    "data": {"sources": [{"path": "a.csv", "license": "CC0-1.0", "basis": "contract"}]},
})


def add_release(home: Home, name: str, outcome: Outcome = "pass", seed: str = "0") -> Release:
    """A release of `name` from small made-up records; another `seed` gives another model."""
    dataset = Dataset(name=name, spec="0" * 64, origins=(), files="0" * 64, counts={"train": 8})
    model = Model(name=name, spec=seed, base="b" * 64, base_name="tiny", dataset=dataset.digest, method="lora",
                  adapter=True, files="1" * 64, trainable=1, parameters=100, metrics={})
    report = Report(name=name, spec="2" * 64, dataset=dataset.digest, model=model.digest, arms=("base", "tuned"),
                    metrics=(), differences=(), items="3" * 64)
    rule = RuleResult(metric="task/exact", rule="at_least 0.5", outcome=outcome, sentence="task/exact is what it is.")
    verdict = Verdict(name=name, spec="4" * 64, report=report.digest, against=None, outcome=outcome, rules=(rule,))
    return registry.add(home, name, RECIPE, dataset, model, report, verdict, "mira")


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path)
