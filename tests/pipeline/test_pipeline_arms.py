"""Arms and advice on a real engine: from a recipe's folder to figures, sources and a record."""

import json

import pytest

from tunewright import pipeline, registry
from tunewright.core.home import find_home
from tunewright.core.items import read_about, read_items
from tunewright.core.records import Report
from tunewright.recipe import load

pytest.importorskip("bm25s")

ARMS = """\
  arms: [base, retrieval, live, tuned]
  documents: {path: help.md, top: 1, words: 8}
  prices: {hour: 2}
  latency: {alone: 2}
"""


@pytest.fixture
def equipped(recipe, tmp_path):
    """The recipe with documents, a live release if there is one, and a price."""
    (tmp_path / "help.md").write_text("\n\n".join((tmp_path / "words.csv").read_text().split()))
    recipe.write_text(recipe.read_text().replace("  arms: [base, tuned]\n", ARMS))
    return recipe


def report(release):
    return Report.model_validate(find_home().store.get_json(release.report))


def test_arms_answer_on_a_real_engine_and_the_live_release_once_there_is_one(equipped):
    first = pipeline.run(equipped)
    home, made = find_home(), report(first)
    assert made.arms == ("majority", "base", "retrieval", "tuned")
    items = read_items(home.store, made)
    shown = [item for item in items if item.arm == "retrieval"]
    assert all(item.sources[0].startswith("help.md#") for item in shown)
    assert all("Passages that may help" in item.prompt[-1]["content"] for item in shown)
    named = {(one.name, one.arm) for one in made.metrics}
    assert {("task/latency_p50", arm) for arm in made.arms if arm != "majority"} < named
    assert {("task/cost_per_1000", "tuned"), ("task/tokens_per_second", "base")} < named
    (alone,) = {one.n for one in made.metrics if one.name == "task/latency_p50"}
    assert alone == 2
    registry.promote(home, "desk@1", "mira", "first")
    equipped.write_text(equipped.read_text().replace("rank: 2", "rank: 3"))
    made = report(pipeline.run(equipped))
    assert "live" in made.arms
    live = {item.item: item.answer for item in read_items(home.store, made) if item.arm == "live"}
    before = {item.item: item.answer for item in items if item.arm == "tuned"}
    assert live == before
    assert read_about(home.store, made).earlier == dict.fromkeys(("base", "retrieval"), "0001")


def test_advice_asks_arms_whose_answers_a_run_then_takes_up(equipped):
    with pipeline.opened(equipped) as asked:
        advice = asked.advice()
    assert advice.arms == ("majority", "base", "prompted", "retrieval")
    assert advice.way == "measure"
    kept = json.loads((find_home().runs / "0001" / "advice.json").read_text())
    assert kept["way"] == advice.way
    with pipeline.opened(equipped) as again:
        assert again.advice() == advice
        assert again.run.fresh == []
        assert again.report.arms == ("majority", "base", "retrieval", "tuned")
        assert again.run.fresh.count("answers") == 0
        told = again.advice(load(equipped).recipe.advise.model_copy(update={"knowledge": "daily"}))
        assert any(check.answer == "daily" for check in told.checks)


@pytest.mark.slow
def test_tiny_is_asked_with_tools_before_any_training(recipe, tmp_path):
    (tmp_path / "sizes.py").write_text('def size(word: str) -> str:\n    "If it is long."\n    return "long"\n')
    text = recipe.read_text().replace("base: {name: base, weights: random}", "base: tiny")
    recipe.write_text(text.replace("  resamples: 100\n", "  resamples: 100\n  items: 3\n  tools: {functions: sizes.py, "
                                   "rounds: 1}\n"))
    with pipeline.opened(recipe) as asked:
        advice = asked.advice()
    assert advice.arms == ("majority", "base", "prompted", "tools")
    assert {one.arm for one in advice.metrics if one.name == "task/tokens_per_second"} == {"base", "prompted", "tools"}
    assert "train" not in asked.run.fresh
