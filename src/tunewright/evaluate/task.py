"""The task suite: questions from the held-out part, shots from the training part, the best constant answer."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import log
from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.examples import Example
from tunewright.core.items import Measure
from tunewright.evaluate.answers import Answer, Answers
from tunewright.evaluate.question import Draw, Message, Question
from tunewright.evaluate.scorers import Score, pass_at
from tunewright.evaluate.scorers import chosen as chosen_scorers
from tunewright.evaluate.suite import MODELS, Ground, Suite
from tunewright.recipe import EvaluateSpec
from tunewright.recipe.evaluate import TASK_ARMS
from tunewright.recipe.scorers import BY_LABEL, PASSES
from tunewright.stats.calibration import brier
from tunewright.stats.labels import normalise

SUITE = "task"
_LABELS = 100  # most labels of which each is a metric
_SAMPLES = 1_000_003  # seeds of one recipe's samples are not those of the next one's


def questions(ground: Ground) -> list[Question]:
    """One question per held-out example, or per example of a draw of `spec.items` with the seed."""
    spec, chosen = ground.spec, list(ground.held_out)
    if spec.items is not None and spec.items < len(chosen):
        kept = sorted(random.Random(spec.seed).sample(range(len(chosen)), spec.items))
        chosen = [chosen[at] for at in kept]
    asked = [_question(example, spec.new_tokens) for example in chosen]
    _few(spec.scorers, asked)
    if not spec.temperature:
        return asked
    return [replace(question, sample=sample, draw=Draw(spec.temperature, spec.top_p, spec.seed * _SAMPLES + sample))
            for question in asked for sample in range(spec.samples)]


def scores(ground: Ground, asked: Sequence[Question], said: Mapping[str, Answers], arm: str
           ) -> Iterator[dict[str, float]]:
    """What the recipe's scorers make of each answer."""
    scorers = chosen_scorers(ground.spec, ground.schema)
    rows = [_scored(question, said[arm][question.key], scorers) for question in asked]
    for name, figures in _of_all(ground, asked, said[arm]).items():
        for at, figure in figures.items():
            rows[at][name] = figure
    passed: dict[str, list[float]] = {}
    for question, row in zip(asked, rows, strict=True):
        passed.setdefault(question.item, []).append(row.get("pass", 0.0))
    wanted = {name: count for name, count in PASSES.items() if name in ground.spec.scorers}
    for question, row in zip(asked, rows, strict=True):
        known = passed[question.item]
        yield row | {name: pass_at(len(known), round(sum(known)), count) for name, count in wanted.items()
                     if question.expected is not None and count <= len(known)}


def _scored(question: Question, answer: Answer, scorers: Mapping[str, Score]) -> dict[str, float]:
    """What stands for itself in one answer."""
    found = {} if answer.loss is None else {"loss": answer.loss, **_likely(question, answer)}
    if question.expected is not None and answer.text is not None:
        found |= {name: score(answer.text, question.expected) for name, score in scorers.items()}
        if answer.confidence is not None:
            right = normalise(answer.text) == normalise(question.expected)
            found |= {"confidence": answer.confidence, "brier": brier(answer.confidence, right)}
    return found


def _likely(question: Question, answer: Answer) -> dict[str, float]:
    """What perplexity and bits per byte are made of. Bytes are those of the expected text (UTF-8)."""
    text = question.messages[0]["content"] if question.expected is None else question.expected
    size = len(text.encode())
    bits = {"bits": answer.figures["nats"] / log(2), "bytes": float(size)} if size else {}
    return {name: answer.figures[name] for name in ("nats", "scored")} | bits


def _of_all(ground: Ground, asked: Sequence[Question], answers: Answers) -> dict[str, dict[int, float]]:
    """Scores of all answers together, as their scorer works in batches: by name, by the question's place."""
    if "bertscore" not in ground.spec.scorers or ground.spec.encoder is None:
        return {}
    from tunewright.evaluate import bertscore

    told = [at for at, question in enumerate(asked)
            if question.expected is not None and answers[question.key].text is not None]
    found = bertscore.scores(ground.spec.encoder, ground.folder, [answers[asked[at].key].text or "" for at in told],
                             [asked[at].expected or "" for at in told])
    return {"bertscore": dict(zip(told, found, strict=True))}


def labels(ground: Ground) -> dict[str, Measure]:
    """A metric for each expected label, where a scorer asks for it."""
    by_label = [scorer for scorer in ground.spec.scorers if scorer in BY_LABEL]
    names = sorted({normalise(answer) for answer in answers(ground.held_out)}) if by_label else []
    return {f"{scorer}/{name}": Measure("label", settings={"of": name, "average": scorer})
            for scorer in by_label for name in names}


def _few(scorers: Sequence[str], asked: Sequence[Question]) -> None:
    """Raises Fault if each label is to be told of, and there are too many of them to read."""
    names = {normalise(question.expected) for question in asked if question.expected is not None}
    by_label = [scorer for scorer in scorers if scorer in BY_LABEL]
    if by_label and len(names) > _LABELS:
        raise Fault(f"scorer {by_label[0]} is told for each label, and the held-out answers are {len(names):,} "
                    f"different ones: take macro_{by_label[0]}.")


def _metrics(spec: EvaluateSpec) -> dict[str, Measure | None]:
    return dict.fromkeys(f"{scorer}/*" if scorer in BY_LABEL else scorer for scorer in spec.scorers)


def exchange(example: Example) -> tuple[tuple[Message, ...], Message | None]:
    """What leads to the last assistant turn, and that turn; None if there is none."""
    turns = example.messages or (*example.prompt, *example.chosen)
    last = max((at for at, turn in enumerate(turns) if turn["role"] == "assistant"), default=None)
    return (turns, None) if last is None else (turns[:last], turns[last])


def spoken(turn: Message) -> str:
    """The text of an assistant turn; tool calls are written as compact JSON."""
    if not turn.get("content") and turn.get("tool_calls"):
        return json.dumps(turn["tool_calls"], ensure_ascii=False, separators=(",", ":"))
    return turn.get("content") or ""


def answers(examples: Sequence[Example]) -> list[str]:
    """The text of every example's last assistant turn."""
    return [spoken(turn) for _, turn in map(exchange, examples) if turn is not None]


def shots(examples: Sequence[Example], count: int, seed: int) -> list[tuple[Message, ...]]:
    """`count` exchanges drawn with the seed, with different answers as long as there are any."""
    order = list(examples)
    random.Random(seed).shuffle(order)
    first: list[tuple[Message, ...]] = []
    again: list[tuple[Message, ...]] = []
    seen: set[str] = set()
    for prompt, turn in map(exchange, order):
        if turn is None:
            continue
        answer = spoken(turn)
        (again if answer in seen else first).append((*(said for said in prompt if said["role"] != "system"), turn))
        seen.add(answer)
        if len(first) == count:
            break
    return [*first, *again][:count]


def prompted(messages: Sequence[Message], examples: Sequence[tuple[Message, ...]],
             fits: Callable[[tuple[Message, ...]], bool]) -> tuple[Message, ...]:
    """`messages` with as many examples before them, as earlier turns, as fit; the system turn stays first."""
    head = [turn for turn in messages[:1] if turn["role"] == "system"]
    rest = messages[len(head):]
    for count in range(len(examples), 0, -1):
        earlier = [turn for turns in examples[:count] for turn in turns]
        whole = (*head, *earlier, *rest)
        if fits(whole):
            return whole
    return tuple(messages)


def majority(answers: Sequence[str]) -> str:
    """The best constant answer: the most frequent one; for JSON objects, each key with its most frequent value."""
    if not answers:
        return ""
    objects = [_object(answer) for answer in answers]
    if all(value is not None for value in objects):
        found: dict[str, Counter[str]] = {}
        for value in objects:
            for key, inner in (value or {}).items():
                found.setdefault(key, Counter())[json.dumps(inner, sort_keys=True)] += 1
        usual = {key: counts for key, counts in found.items() if counts.total() * 2 >= len(objects)}
        best = {key: json.loads(_most(counts)) for key, counts in usual.items()}
        return json.dumps(best, ensure_ascii=False)
    return _most(Counter(answers))


def _most(counts: Counter[str]) -> str:
    return min(counts, key=lambda value: (-counts[value], value))


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _question(example: Example, new_tokens: int) -> Question:
    if example.text is not None:
        return Question(SUITE, example.id, ({"role": "text", "content": example.text},), None, new_tokens)
    messages, turn = exchange(example)
    return Question(SUITE, example.id, messages, spoken(turn) if turn else None, new_tokens, turn,
                    tools=example.tools, group=example.group)


TASK = Suite(metrics=_metrics, named=labels, questions=questions, scores=scores,
             arms=MODELS | {"majority", *TASK_ARMS}, weighed=True)
