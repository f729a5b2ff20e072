"""The task suite: questions from the held-out part, shots from the training part, the best constant answer."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tunewright.core.examples import Example
from tunewright.evaluate.answers import Answers
from tunewright.evaluate.question import Message, Question
from tunewright.evaluate.scorers import chosen as chosen_scorers
from tunewright.evaluate.suite import MODELS, Ground, Suite
from tunewright.recipe.evaluate import TASK_ARMS
from tunewright.stats.calibration import brier
from tunewright.stats.labels import normalise

SUITE = "task"


def questions(ground: Ground) -> list[Question]:
    """One question per held-out example, or per example of a draw of `spec.items` with the seed."""
    spec, chosen = ground.spec, list(ground.held_out)
    if spec.items is not None and spec.items < len(chosen):
        kept = sorted(random.Random(spec.seed).sample(range(len(chosen)), spec.items))
        chosen = [chosen[at] for at in kept]
    return [_question(example, spec.new_tokens) for example in chosen]


def scores(ground: Ground, asked: Sequence[Question], said: Mapping[str, Answers], arm: str
           ) -> Iterator[dict[str, float]]:
    """What the recipe's scorers make of each answer."""
    scorers = chosen_scorers(ground.spec, ground.schema)
    for question in asked:
        answer = said[arm][question.key]
        found = {} if answer.loss is None else {"loss": answer.loss}
        if question.expected is not None and answer.text is not None:
            found |= {name: score(answer.text, question.expected) for name, score in scorers.items()}
            if answer.confidence is not None:
                right = normalise(answer.text) == normalise(question.expected)
                found |= {"confidence": answer.confidence, "brier": brier(answer.confidence, right)}
        yield found


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


TASK = Suite(metrics=lambda spec: dict.fromkeys(spec.scorers), questions=questions, scores=scores,
             arms=MODELS | {"majority", *TASK_ARMS}, weighed=True)
