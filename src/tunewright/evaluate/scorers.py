"""Scorers: one small pure function per kind, from an answer and the expected one to a figure between 0 and 1."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from math import comb, isclose
from typing import Any

from tunewright.recipe import EvaluateSpec
from tunewright.recipe.scorers import PASSES
from tunewright.stats.labels import normalise

Score = Callable[[str, str], float]
_NUMBER = re.compile(r"(?<!\d)-?\d+(?:,\d{3})*(?:\.\d+)?")
_FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL)


def exact(answer: str, expected: str) -> float:
    """1 if the texts are equal but for outer white space."""
    return float(answer.strip() == expected.strip())


def accuracy(answer: str, expected: str) -> float:
    """1 if the labels are equal but for case, outer punctuation and doubled space."""
    return float(normalise(answer) == normalise(expected))


def numeric(answer: str, expected: str) -> float:
    """1 if the last number of the answer is the last one of the expected text (to one part in a million).

    Commas between digits do not count; the convention for worked answers (GSM8K).
    """
    given, wanted = _last_number(answer), _last_number(expected)
    return float(given is not None and wanted is not None and isclose(given, wanted, rel_tol=1e-6, abs_tol=1e-12))


def regex(answer: str, expected: str) -> float:
    """1 if the expected text, a regular expression, is found in the answer; one that is none is never found."""
    try:
        return float(re.search(expected, answer) is not None)
    except re.error:
        return 0.0


def bleu(answer: str, expected: str) -> float:
    """BLEU of one answer (sacrebleu's sentence score: 13a words, n-grams the answer has, exponential smoothing), / 100.
    """
    from sacrebleu import sentence_bleu

    return min(float(sentence_bleu(answer, [expected]).score) / 100, 1.0)


def chrf(answer: str, expected: str) -> float:
    """chrF2 (sacrebleu's sentence score, character n-grams up to 6), divided by 100."""
    from sacrebleu import sentence_chrf

    return float(sentence_chrf(answer, [expected]).score) / 100


def rouge(kind: str) -> Score:
    """A scorer: ROUGE F-measure (rouge-score, no stemmer; `kind` rouge1, rouge2 or rougeL) on words of any alphabet,
    lower case."""

    def score(answer: str, expected: str) -> float:
        return float(_rouge(kind).score(expected, answer)[kind].fmeasure)

    return score


def meteor(answer: str, expected: str) -> float:
    """METEOR (NLTK; alpha .9, beta 3, gamma .5; Banerjee and Lavie, 2005) on the words of `rouge`, matched exactly and
    by Porter's stems. There is no synonym stage: WordNet is not at hand offline."""
    from nltk.translate.meteor_score import single_meteor_score

    words = _Words().tokenize
    return float(single_meteor_score(words(expected), words(answer), wordnet=_NoSynonyms()))


def passes(answer: str, expected: str) -> float:
    """1 if the answer is Python code that passes the expected text, which is code that asserts (pass@1).

    It runs in the sandbox. Code in a Markdown fence is taken out of it. Raises Fault where there is no sandbox.
    """
    from tunewright.evaluate.sandbox import run

    fenced = _FENCE.search(answer)
    return float(run(f"{fenced[1] if fenced else answer}\n\n{expected}\n").how == "done")


def pass_at(answers: int, right: int, count: int) -> float:
    """The chance that one of `count` answers passes, of `answers` that were drawn and `right` that passed: the unbiased
    estimate of Chen et al., "Evaluating Large Language Models Trained on Code", 2021. `count` is at most `answers`."""
    return 1 - comb(answers - right, count) / comb(answers, count)


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
    "numeric": numeric,
    "regex": regex,
    "bleu": bleu,
    "chrf": chrf,
    "rouge_1": rouge("rouge1"),
    "rouge_2": rouge("rouge2"),
    "rouge_l": rouge("rougeL"),
    "meteor": meteor,
    "json_valid": json_valid,
    "field_f1": field_f1,
    "pass": passes,
}
"""Scorers that need nothing but the two texts. `json_schema` is made by `conforming`; `loss` needs the model, and
the macro and micro scores are of a whole set."""


def chosen(spec: EvaluateSpec, schema: dict[str, Any] | None) -> dict[str, Score]:
    """The text scorers that a spec names."""
    found: dict[str, Score] = {name: KINDS[name] for name in spec.scorers if name in KINDS}
    if set(PASSES) & set(spec.scorers):
        found["pass"] = KINDS["pass"]
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


class _NoSynonyms:
    """In WordNet's place."""

    def synsets(self, _word: str) -> tuple[()]:
        return ()


@cache
def _rouge(kind: str) -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer([kind], tokenizer=_Words())


def _last_number(text: str) -> float | None:
    found = _NUMBER.findall(text)
    return float(found[-1].replace(",", "")) if found else None
