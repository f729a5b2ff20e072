"""Figures over a whole set equal those of scikit-learn and lm-evaluation-harness on the same outputs, to 1e-9."""

from math import log
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.items import About, Item
from tunewright.evaluate import scorers
from tunewright.stats import measure

ABOUT = About((), 100, 0)
labels = st.sampled_from(["card", "loan", "fee"])
texts = st.lists(st.sampled_from(["the", "cat", "sat", "on", "a", "mat"]), min_size=1, max_size=9).map(" ".join)
likely = st.tuples(st.floats(0.01, 90), st.integers(1, 40))


@pytest.fixture(scope="module")
def theirs() -> Any:
    return pytest.importorskip("lm_eval.api.metrics", reason="lm-evaluation-harness is not installed (extra harness)")


def figure(metric: str, items: list[Item]) -> float:
    return measure.value(items, f"task/{metric}", ABOUT)


def answered(rows: list[tuple[str, str]], kind: str = "") -> list[Item]:
    return [Item("task", str(at), "tuned", expected=expected, answer=answer,
                 scores={kind: scorers.KINDS[kind](answer, expected)} if kind else {})
            for at, (answer, expected) in enumerate(rows)]


def weighed(rows: list[tuple[float, int]]) -> list[Item]:
    return [Item("task", str(at), "tuned", scores={"nats": nats, "scored": float(size), "bits": nats / log(2),
                                                   "bytes": float(size)}) for at, (nats, size) in enumerate(rows)]


@settings(max_examples=40)
@given(st.lists(st.tuples(labels, labels), min_size=1, max_size=20))
def test_accuracy_is_scikit_learns(rows: list[tuple[str, str]]) -> None:
    sklearn = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    given_, expected = zip(*rows, strict=True)
    known = sklearn.accuracy_score(expected, given_)
    for kind in ("accuracy", "exact"):
        assert figure(kind, answered(rows, kind)) == pytest.approx(known, abs=1e-9)


@settings(max_examples=40)
@given(rows=st.lists(st.tuples(texts, texts), min_size=1, max_size=6))
def test_exact_match_and_bleu_are_the_harness_s(rows: list[tuple[str, str]], theirs: Any) -> None:
    answers, expected = zip(*rows, strict=True)
    known = theirs.exact_match_fn(predictions=list(answers), references=list(expected))["exact_match"]
    assert figure("exact", answered(rows, "exact")) == pytest.approx(float(known), abs=1e-9)
    whole = theirs.bleu([([other], answer) for answer, other in rows])
    assert figure("corpus_bleu", answered(rows)) == pytest.approx(whole / 100, abs=1e-9)


@settings(max_examples=40)
@given(rows=st.lists(likely, min_size=1, max_size=9))
def test_perplexity_and_bits_per_byte_are_the_harness_s(rows: list[tuple[float, int]], theirs: Any) -> None:
    pairs = [(-nats, size) for nats, size in rows]
    assert figure("perplexity", weighed(rows)) == pytest.approx(theirs.weighted_perplexity(pairs), rel=1e-9)
    assert figure("bits_per_byte", weighed(rows)) == pytest.approx(theirs.bits_per_byte(pairs), rel=1e-9)
