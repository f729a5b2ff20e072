"""Slices of a report: each held-out record in one slice of each field, and one line that counts them all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunewright.base import find
from tunewright.core.errors import Fault
from tunewright.core.examples import make_example
from tunewright.core.items import read_items
from tunewright.core.run import Run
from tunewright.evaluate.question import Question
from tunewright.evaluate.report import report
from tunewright.evaluate.slices import lines, slicer
from tunewright.recipe import BaseSpec, EvaluateSpec

Build = Callable[..., Any]


def example(text: str, answer: str, label: str | None = None, group: str | None = None, **fields: str) -> Any:
    turns = ({"role": "user", "content": text}, {"role": "assistant", "content": answer})
    return make_example(messages=turns, label=label, group=group, fields=fields)


def question(item: str, original: str | None = None) -> Question:
    return Question("task", item, (), None, 1, original=original)


def test_a_question_is_of_the_slices_of_the_record_that_it_asks_about_or_varies(ground: Build) -> None:
    short, long_ = example("hi", "Refund.", "money", "c1"), example("x" * 300, "card", "card", "c2")
    sliced = slicer(ground([short, long_], slices=("label", "answer", "length", "group")))
    assert sliced(question(short.id)) == {"label": "money", "answer": "refund", "length": "up to 64 characters",
                                          "group": "c1"}
    assert sliced(question("changed", original=long_.id))["length"] == "up to 1,024 characters"
    assert sliced(question("of another suite")) == {}


def test_a_column_that_was_kept_divides_too(ground: Build) -> None:
    one, two = example("hi", "a", country="AT"), example("ho", "b")
    sliced = slicer(ground([one, two], slices=("country",)))
    assert (sliced(question(one.id)), sliced(question(two.id))) == ({"country": "AT"}, {})


def test_a_field_that_no_record_has_is_refused_before_anything_is_asked(ground: Build) -> None:
    with pytest.raises(Fault, match=r"names label, of which no held-out record has a value.*split\.stratify"):
        slicer(ground([example("hi", "a")], slices=("label",)))


def test_a_report_tells_every_slice_and_flags_what_is_shown_to_be_worse(
        run: Run, dataset: Build, model: Build, bench: Build, said: list[str]) -> None:
    base = find(BaseSpec(name="tiny", weights="random"), Path())
    examples = [example(f"{kind} {at}", f"{kind} {at}".upper(), kind) for kind in ("good", "bad", "fine")
                for at in range(30)]

    def answer(text: str, tuned: str | None) -> str:
        return text if tuned and text.startswith("bad") else text.upper()

    spec = EvaluateSpec(suites=("task",), scorers=("exact",), slices=("label",))
    made = report(spec, None, base, model(), dataset(examples[:1], examples[1:]), "x", run, bench(answer))
    assert [(one.name, one.n, one.behind, one.worse) for one in made.slices] == [
        ("bad", 30, True, True), ("fine", 30, False, False), ("good", 29, False, False)]
    assert said[-1] == "task/exact slices: 3 by label · 6 tests, flagged: label bad worse than base"
    assert {item.slices["label"] for item in read_items(run.home.store, made)} == {"good", "bad", "fine"}


def test_slices_that_were_asked_for_and_cannot_be_told_apart_are_told() -> None:
    asked = EvaluateSpec(suites=("task",), scorers=("exact",), slices=("length",))
    assert lines(asked, ()) == ["task/exact slices: none, as no field parts the items; a value needs 10 items"]
    assert lines(EvaluateSpec(suites=("task",), scorers=("exact",)), ()) == []
