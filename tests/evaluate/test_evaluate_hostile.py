"""Hostile answers: an evaluation of them ends, keeps them, and says nothing on the terminal or in JUnit that acts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tunewright.base import Base, find
from tunewright.core.items import read_items
from tunewright.core.run import Run
from tunewright.core.visible import visible
from tunewright.evaluate.report import report
from tunewright.gate import make as judge
from tunewright.gate.export import junit, markdown
from tunewright.recipe import BaseSpec, EvaluateSpec, RuleSpec

Build = Callable[..., Any]
ANSWERS = ["<script>alert(1)</script>", "\x1b[2J\x1b]0;owned\x07", "x" * 1_000_000, "half \ud83d", "\x00\ufffe",
           "\u202ereversed", "{" * 5000, '{"a": ' * 2000, "]]>&amp;", "1e999 NaN", "("]


@pytest.fixture(scope="module")
def base() -> Base:
    return find(BaseSpec(name="tiny", weights="random"), Path())


def test_every_scorer_takes_hostile_answers_and_all_are_kept(base: Base, run: Run, dataset: Build, model: Build,
                                                             bench: Build, asked_example: Build,
                                                             said: list[str]) -> None:
    asked = [asked_example(f"question {at}", ("fine", "[", "2")[at % 3]) for at in range(len(ANSWERS))]
    data = dataset(asked[:3], asked)
    told = {f"question {at}": ANSWERS[(at + 1) % len(ANSWERS)] for at in range(len(asked))}
    spec = EvaluateSpec(suites=("task",), arms=("base", "tuned"), scorers=(
        "exact", "accuracy", "macro_f1", "numeric", "regex", "chrf", "rouge_1", "json_valid", "field_f1"))
    desk = bench(lambda text, held: told[text] if held else "fine")
    made = report(spec, None, base, model(), data, "x", run, desk)
    kept = {item.answer for item in read_items(run.home.store, made) if item.arm == "tuned"}
    assert "half \ufffd" in kept and "x" * 1_000_000 in kept and "\x1b[2J\x1b]0;owned\x07" in kept
    assert all(line.isprintable() for line in said)
    verdict = judge((RuleSpec(metric="task/exact", at_least=0.5),), made, None, run.home.store, "x", run)
    ElementTree.fromstring(junit(verdict))
    assert all(sign not in junit(verdict) + markdown(verdict) for sign in ("\x1b", "\x00", "\u202e"))


def test_names_that_come_from_answers_are_shown_by_their_escapes() -> None:
    assert visible("task/f1/\x1b[2Jlabel\u202e") == "task/f1/\\x1b[2Jlabel\\u202e"
