"""Scorers: small, between 0 and 1, 1 for the expected answer, and equal to the libraries they stand on."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import sentence_bleu, sentence_chrf

from tunewright.core.errors import Fault
from tunewright.evaluate.scorers import KINDS, chosen, conforming, field_f1
from tunewright.recipe import EvaluateSpec

texts = st.text(max_size=60)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=8)


@pytest.mark.parametrize(("kind", "answer", "expected", "score"), [
    ("exact", " yes\n", "yes", 1), ("exact", "Yes", "yes", 0),
    ("accuracy", "Card_Arrival.", "card_arrival", 1), ("accuracy", "card arrival", "card_arrival", 0),
    ("rouge_l", "the cat sat", "the cat sat down", 6 / 7), ("rouge_l", "", "a", 0),
    ("rouge_l", "кот спит", "кот спит", 1),
    ("numeric", "So it costs $1,200.", "A: 1200", 1), ("numeric", "3 and 4", "3", 0), ("numeric", "none", "3", 0),
    ("numeric", "-2.50", "#### -2.5", 1), ("numeric", "5-3", "3", 1),
    ("regex", "Order B-1234 is late", r"[A-Z]-\d{4}", 1), ("regex", "b-1", r"[A-Z]-\d{4}", 0), ("regex", "(", "(", 0),
    ("rouge_1", "the cat sat", "the cat sat down", 6 / 7), ("rouge_2", "the cat sat", "the cat sat down", 4 / 5),
    ("meteor", "the cats sat", "the cat sat", 0.98148148), ("meteor", "", "the cat", 0),
    ("json_valid", '{"a": 1}', "", 1), ("json_valid", '{"a": 1', "", 0), ("json_valid", "NaN", "", 0),
    ("json_valid", 'Sure: {"a": 1}', "", 0), ("json_valid", "[" * 100_000, "", 0),
    ("field_f1", '{"a": 1, "b": 2}', '{"b": 2, "a": 1}', 1), ("field_f1", '{"a": 1}', '{"a": 1, "b": 2}', 2 / 3),
    ("field_f1", '{"a": "1"}', '{"a": 1}', 0), ("field_f1", '{"a": [2, 1]}', '{"a": [1, 2]}', 1),
    ("field_f1", "no", '{"a": 1}', 0), ("field_f1", "{}", "{}", 1),
    ("field_f1", '{"a": {"b": 1}}', '{"a": {"b": 1, "c": []}}', 2 / 3),
])
def test_known_answers(kind: str, answer: str, expected: str, score: float) -> None:
    assert KINDS[kind](answer, expected) == pytest.approx(score)


@given(texts, texts)
def test_every_score_lies_between_nought_and_one(answer: str, expected: str) -> None:
    for kind, score in KINDS.items():
        assert kind == "pass" or 0 <= score(answer, expected) <= 1


@given(values)
def test_the_expected_answer_scores_one(value: object) -> None:
    text = json.dumps(value)
    for kind in ("exact", "accuracy", "json_valid", "field_f1"):
        assert KINDS[kind](text, text) == 1


@given(values, values)
def test_fields_compare_both_ways_alike(one: object, other: object) -> None:
    assert field_f1(json.dumps(one), json.dumps(other)) == pytest.approx(field_f1(json.dumps(other), json.dumps(one)))


@given(st.text("abcde AB12.,-", max_size=40), st.text("abcde AB12.,-", max_size=40))
def test_on_plain_text_the_scores_are_the_libraries_own(answer: str, expected: str) -> None:
    rouge = RougeScorer(["rouge1", "rouge2", "rougeL"]).score(expected, answer)
    for kind, name in (("rouge_1", "rouge1"), ("rouge_2", "rouge2"), ("rouge_l", "rougeL")):
        assert KINDS[kind](answer, expected) == pytest.approx(rouge[name].fmeasure, abs=1e-9)
    assert KINDS["chrf"](answer, expected) == pytest.approx(sentence_chrf(answer, [expected]).score / 100, abs=1e-9)
    assert KINDS["bleu"](answer, expected) == pytest.approx(sentence_bleu(answer, [expected]).score / 100, abs=1e-9)


def test_code_passes_if_its_tests_do_wherever_it_stands() -> None:
    code, tests = "def double(x):\n    return 2 * x", "assert double(2) == 4"
    try:
        assert KINDS["pass"](code, tests) == 1
    except Fault as fault:
        pytest.skip(f"skipped: {fault}")
    assert KINDS["pass"](f"Sure!\n```python\n{code}\n```\nDone.", tests) == 1
    assert KINDS["pass"](code, "assert double(2) == 5") == 0
    assert KINDS["pass"]("def double(x):", tests) == 0


def test_a_schema_is_held_against_the_answer_not_against_its_words() -> None:
    score = conforming({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}})
    assert score('{"a": 1}', "") == 1
    assert score('{"a": "1"}', "") == 0
    assert score("a: 1", "") == 0


def test_only_the_scorers_of_the_recipe_are_used() -> None:
    spec = EvaluateSpec(scorers=("exact", "loss", "macro_f1", "json_schema"))
    assert list(chosen(spec, {})) == ["exact", "json_schema"]
