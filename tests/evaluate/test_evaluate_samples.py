"""Answers that are drawn several times: the item stays one, and pass@k is the unbiased estimate."""

from collections.abc import Callable
from itertools import combinations
from math import comb
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.base import Base, find
from tunewright.core.items import read_items
from tunewright.core.run import Run
from tunewright.evaluate import task
from tunewright.evaluate.answers import Answer
from tunewright.evaluate.report import report
from tunewright.evaluate.scorers import pass_at
from tunewright.recipe import BaseSpec, EvaluateSpec

Build = Callable[..., Any]


@pytest.fixture(scope="module")
def base() -> Base:
    return find(BaseSpec(name="tiny", weights="random"), Path())


@given(st.integers(1, 8), st.data())
def test_the_chance_that_one_of_k_passes_is_that_over_all_ways_to_choose_k(n: int, data: st.DataObject) -> None:
    right, count = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    ways = list(combinations([True] * right + [False] * (n - right), count))
    assert pass_at(n, right, count) == pytest.approx(sum(map(any, ways)) / comb(n, count), abs=1e-12)


def test_each_sample_is_drawn_with_a_seed_of_its_own(ground: Build, asked_example: Build) -> None:
    asked = task.questions(ground([asked_example("a", "A")], samples=3, temperature=0.7, scorers=("exact",)))
    assert [question.sample for question in asked] == [0, 1, 2]
    assert len({question.draw for question in asked}) == len({question.key for question in asked}) == 3
    assert len({question.item for question in asked}) == 1


def test_samples_of_an_item_are_one_unit(base: Base, run: Run, dataset: Build, model: Build, bench: Build,
                                         asked_example: Build) -> None:
    examples = [asked_example(f"word {at}", "yes") for at in range(10)]
    spec = EvaluateSpec(suites=("task",), arms=("base", "tuned"), scorers=("exact", "loss"), samples=4, temperature=1)
    desk = bench(lambda text, _model: "yes" if int(text[-1]) < 5 else "no")
    made = report(spec, None, base, model(), dataset([], examples), "x", run, desk)
    (found,) = [one for one in made.metrics if (one.name, one.arm) == ("task/exact", "tuned")]
    once = report(spec.model_copy(update={"samples": 1}), None, base, model("m"), dataset([], examples), "x", run,
                  bench(desk.engine.answer))
    (alone,) = [one for one in once.metrics if (one.name, one.arm) == ("task/exact", "tuned")]
    assert (found.value, found.n) == (0.5, 40)
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high), abs=0.03)
    assert {request.temperature for request in desk.engine.requests} == {1}
    assert len({request.seed for request in desk.engine.requests}) == 4
    losses = [item for item in read_items(run.home.store, made) if item.arm == "tuned" and "loss" in item.scores]
    assert len(losses) == 10


def test_pass_at_k_stands_with_every_sample(ground: Build, asked_example: Build) -> None:
    made = ground([asked_example("Write f.", "assert f() == 1")], samples=4, temperature=1, scorers=("pass_2", "exact"))
    asked = task.questions(made)
    codes = ["def f(): return 1", "def f(): return 2", "f = lambda: 1", "?"]
    said = {"tuned": {question.key: Answer(code) for question, code in zip(asked, codes, strict=True)}}
    rows = list(task.scores(made, asked, said, "tuned"))
    assert [row["pass"] for row in rows] == [1, 0, 1, 0]
    assert {row["pass_2"] for row in rows} == {pass_at(4, 2, 2)}


@pytest.mark.parametrize(("fields", "sentence"), [
    ({"samples": 4}, "add `temperature: 0.8`"),
    ({"scorers": ("pass_5",), "samples": 4, "temperature": 1}, "add `samples: 10`"),
    ({"scorers": ("bertscore",)}, "add `encoder: {path: FOLDER}`"),
])
def test_what_could_not_be_measured_is_refused(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        EvaluateSpec(**fields)
