"""Scorers: one small pure function per kind, from an answer and the expected one to a figure between 0 and 1."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from tunewright.recipe import EvaluateSpec
from tunewright.stats.labels import normalise

Score = Callable[[str, str], float]


def exact(answer: str, expected: str) -> float:
    """1 if the texts are equal but for outer white space."""
    return float(answer.strip() == expected.strip())


def accuracy(answer: str, expected: str) -> float:
    """1 if the labels are equal but for case, outer punctuation and doubled space."""
    return float(normalise(answer) == normalise(expected))


def rouge_l(answer: str, expected: str) -> float:
    """ROUGE-L F-measure (rouge-score, no stemmer) on words of any alphabet, lower case."""
    return float(_rouge().score(expected, answer)["rougeL"].fmeasure)


def chrf(answer: str, expected: str) -> float:
    """chrF2 (sacrebleu's sentence score, character n-grams up to 6), divided by 100."""
    from sacrebleu import sentence_chrf

    return float(sentence_chrf(answer, [expected]).score) / 100


def json_valid(answer: str, expected: str) -> float:  # noqa: ARG001 - every scorer is called alike
    """1 if the answer is one JSON value (RFC 8259: no NaN) and nothing else."""
    return float(parsed(answer) is not INVALID)


def field_f1(answer: str, expected: str) -> float:
    """F1 of the fields of two JSON values: a field is a path with its scalar value; list positions do not count."""
    given, wanted = parsed(answer), parsed(expected)
    if given is INVALID or wanted is INVALID:
        return 0.0
    ours, theirs = Counter(fields(given)), Counter(fields(wanted))
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())


def conforming(schema: dict[str, Any]) -> Score:
    """A scorer: 1 if the answer is JSON that conforms to `schema` (formats are not checked)."""
    from jsonschema.validators import validator_for

    validator = validator_for(schema)(schema)

    def json_schema(answer: str, expected: str) -> float:  # noqa: ARG001 - every scorer is called alike
        value = parsed(answer)
        return float(value is not INVALID and validator.is_valid(value))

    return json_schema


KINDS: dict[str, Score] = {
    "exact": exact,
    "accuracy": accuracy,
    "rouge_l": rouge_l,
    "chrf": chrf,
    "json_valid": json_valid,
    "field_f1": field_f1,
}
"""Scorers that need nothing but the two texts. `json_schema` is made by `conforming`; `loss` needs the model, and
the macro scores are of a whole set."""


def chosen(spec: EvaluateSpec, schema: dict[str, Any] | None) -> dict[str, Score]:
    """The text scorers that a spec names."""
    found: dict[str, Score] = {name: KINDS[name] for name in spec.scorers if name in KINDS}
    if "json_schema" in spec.scorers and schema is not None:
        found["json_schema"] = conforming(schema)
    return found


INVALID = object()


def parsed(text: str) -> Any:
    """The JSON value that `text` is, or INVALID."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return INVALID


def fields(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, JSON of the scalar) for every leaf; an empty list or object is a leaf, so no value has no fields."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from fields(inner, f"{path}/{key}")
    elif isinstance(value, list) and value:
        for inner in value:
            yield from fields(inner, f"{path}/*")
    else:
        yield path, json.dumps(value, ensure_ascii=False)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


class _Words:
    """rouge-score's own words are a-z and 0-9; these are letters and digits of any alphabet."""

    def tokenize(self, text: str) -> list[str]:
        return re.findall(r"[^\W_]+", text.lower())


@cache
def _rouge() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], tokenizer=_Words())
