"""What a variation must pass before a person sees it: from the cheapest check to the dearest."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tunewright.core.digest import digest_json
from tunewright.core.errors import Fault
from tunewright.data import strict_json
from tunewright.data.drafts import asking
from tunewright.data.drafts.answers import Answer, Asker
from tunewright.data.drafts.novel import repeats
from tunewright.data.drafts.seeds import Seed
from tunewright.data.drafts.untrusted import refuse
from tunewright.data.messages import Unusable
from tunewright.engine import Request
from tunewright.recipe.synthetic import SyntheticSpec
from tunewright.stats.labels import normalise

SHOTS = 4
"""Other seeds that are shown when a question is answered again."""

Tell = Callable[[str, int, int], None]
"""Hears what is being done, how much of it, and of how many."""


@dataclass(frozen=True)
class Candidate:
    """An answer to a seed on its way to a draft: its record, or why it is left out."""

    seed: Seed
    answer: Answer
    content: dict[str, Any] | None = None
    left_out: str | None = None
    confidence: float | None = None

    def without(self, reason: str) -> "Candidate":
        """The same, left out."""
        return replace(self, left_out=reason)


def read(one: Candidate, spec: SyntheticSpec) -> Candidate:
    """The candidate with the record that its answer holds, if it is one that may be looked at at all."""
    if one.answer.refused:
        return one.without(one.answer.refused)
    if one.answer.cut:
        return one.without(f"the answer has more than {spec.new_tokens:,} tokens")
    try:
        content = asking.parse(one.answer.text, one.seed.content)
    except Unusable as unusable:
        return one.without(str(unusable))
    except RecursionError:
        return one.without("the answer is nested too deep")
    reason = refuse(asking.turns(content), asking.turns(one.seed.content))
    if reason is None and spec.vary == "question" and asking.said(content) != asking.said(one.seed.content):
        reason = "its answer is not the seed's"
    return one.without(reason) if reason else replace(one, content=content)


def valid(candidates: Sequence[Candidate], schema: dict[str, Any]) -> list[Candidate]:
    """The candidates, left out where the answer is not JSON that the schema allows."""
    from jsonschema.validators import validator_for

    validator = validator_for(schema)(schema)

    def check(one: Candidate) -> Candidate:
        try:
            value = strict_json.loads(asking.said(one.content or {}) or "")
        except ValueError:
            return one.without("its answer is not JSON")
        return one if validator.is_valid(value) else one.without("its answer does not fit the JSON schema")

    return [check(one) for one in candidates]


def new(candidates: Sequence[Candidate], known: Sequence[Seed], near: float) -> list[Candidate]:
    """The candidates, left out where they nearly repeat the question of a known record or of one before them."""
    similar = repeats([one.asks for one in known], [asking.asked(one.content or {}) for one in candidates], near)
    return [one.without(f"nearly repeats a record or an earlier draft ({value:.2f})") if value else one
            for one, value in zip(candidates, similar, strict=True)]


def consistent(candidates: Sequence[Candidate], spec: SyntheticSpec, seeds: Sequence[Seed], asker: Asker,
               tell: Tell) -> list[Candidate]:
    """The candidates with the share of fresh answers that agree with theirs, left out where it is too small."""
    if any("messages" not in (one.content or {}) for one in candidates):
        raise Fault(f"{spec.path}: `verify.answers` asks questions again, and these records are no conversations: "
                    "leave it out.")
    count = spec.verify.answers
    requests = [request for one in candidates for request in _again(one, spec, seeds, count)]
    about = [one.seed.as_read for one in candidates for _ in range(count)]
    answers = asker.ask(requests, about, lambda done: tell("answered again", done, len(requests)))
    found = []
    for at, one in enumerate(candidates):
        given = answers[at * count:(at + 1) * count]
        share = sum(same(answer.text, asking.said(one.content or {}) or "") for answer in given) / count
        checked = replace(one, confidence=share)
        found.append(checked if share >= spec.verify.agree else checked.without(
            f"only {share:.2f} of {count} fresh answers agree with its own"))
    return found


def judged(candidates: Sequence[Candidate], question: str, asker: Asker, tell: Tell) -> list[Candidate]:
    """The candidates, left out where the judge does not say yes."""
    requests = [Request(messages=asking.judge(one.content or {}, question), new_tokens=8) for one in candidates]
    answers = asker.ask(requests, [one.seed.as_read for one in candidates],
                        lambda done: tell("judged", done, len(requests)))
    return [one if yes(answer.text) else one.without("the judge did not say yes")
            for one, answer in zip(candidates, answers, strict=True)]


def yes(text: str) -> bool:
    """Whether an answer begins with the word yes."""
    return normalise((text.split() or [""])[0]) == "yes"


def same(one: str, other: str) -> bool:
    """Whether two answers say the same: equal JSON, or equal labels as the evaluation compares them."""
    try:
        return bool(json.loads(one) == json.loads(other))
    except (ValueError, RecursionError):
        return normalise(one) == normalise(other)


def draw(*about: Any) -> int:
    """A seed for an engine's dice that follows from `about` (JSON values), 0 to 2^31 - 1."""
    return int(digest_json(about)[:8], 16) >> 1


def _again(one: Candidate, spec: SyntheticSpec, seeds: Sequence[Seed], count: int) -> list[Request]:
    """Requests for the answer to a candidate's question. Its own seed, which may hold the answer, is not shown."""
    messages = (one.content or {})["messages"][:-1]
    system = messages[0]["content"] if messages[0]["role"] == "system" else spec.system
    asked = [turn for turn in messages if turn["role"] != "system"]
    shots = [seed.shot for seed in seeds if seed.shot and seed.key != one.seed.key][:SHOTS]
    return [Request(messages=asking.answer(asked, system, shots), temperature=spec.temperature,
                    new_tokens=spec.new_tokens, seed=draw(spec.seed, one.answer.request, number))
            for number in range(count)]
