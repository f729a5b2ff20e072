"""Examples where the arms differ: which to show, and where a wrong answer leaves the expected one."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from markupsafe import Markup, escape

from tunewright.core.items import Item
from tunewright.core.visible import visible

Change = Literal["lost", "gained", "changed"]

_LONGEST = 1600  # characters of a text that are shown; the rest is counted
_WORDS = re.compile(r"\w+")
_PIECES = re.compile(r"\s+|\w+|[^\w\s]")
_BRIEF = 240  # characters of earlier turns that are shown unasked
_ALIKE = 0.3  # below this likeness of words a difference is noise: the answer is shown as it is
_STRICT = ("exact", "accuracy", "all")
_TAKES = frozenset({"seconds", "tokens", "busy", "cost_per_1000"})
"""Scores of an item that tell what its answer takes, not what it is worth."""
_PARTS = frozenset({"nats", "scored", "bits", "bytes"})
"""Scores of an item that figures of the whole set are made from."""
_NOT_WORTH = _TAKES | _PARTS | {"loss", "confidence"}
"""Scores of an item that are no share of what an answer could be worth."""
_DESCRIBED = {"safety": "a good answer", "garak": "a good answer", "privacy": "the record"}
"""Suites whose expected text is not what a good answer says, and what it is: their answers are right by their own
scores."""
_SHARED = 0.5  # two stretches that share this much at their ends are marked only between


@dataclass(frozen=True)
class Answer:
    """What one arm answered; `shown` marks how it leaves the expected text, `sources` are what it rests on. `right` is
    None if nothing says whether it is."""

    arm: str
    shown: Markup
    right: bool | None
    scores: tuple[tuple[str, float], ...]
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """One item whose answers differ: what each arm said, whether that is right, what tuning did to it, and how far the
    scores (of 0 to 1) of the tuned arm lie from another arm's, in hundredths."""

    suite: str
    change: Change
    said: tuple[Item, ...]
    right: tuple[bool | None, ...]
    apart: int = 0


@dataclass(frozen=True)
class Case:
    """A found item made ready to read. `prompt` is the last turn; `before` are the turns that led to it; `heading` says
    what `expected` is."""

    suite: str
    item: str
    change: Change
    prompt: str
    before: tuple[tuple[str, str], ...]
    expected: str
    answers: tuple[Answer, ...]
    heading: str = "expected"

    @property
    def brief(self) -> bool:
        """Whether the earlier turns are short enough to stand open."""
        return sum(len(text) for _, text in self.before) <= _BRIEF


def differing(items: Iterable[Item], arms: Sequence[str], tuned: str, better: Mapping[str, bool] | None = None
              ) -> list[Found]:
    """Every item whose answers are not the same in all arms, the task's first, else in order of appearance.

    `better` says by metric whether more is better: what is right by its own scores needs to be told.
    """
    together: dict[tuple[str, str], dict[str, Item]] = defaultdict(dict)
    for item in items:
        if item.answer is not None:
            together[item.suite, item.item][item.arm] = item
    found = []
    for key in sorted(together, key=lambda key: key[0] != "task"):
        said = tuple(together[key][arm] for arm in arms if arm in together[key])
        if len({(item.answer or "").strip() for item in said}) > 1:
            right = tuple(_right(item, better or {}) for item in said)
            found.append(Found(key[0], _change(said, right, tuned), said, right, _apart(said, tuned)))
    return found


def _apart(said: Sequence[Item], tuned: str) -> int:
    """The mean distance of the scores that both arms have, to the arm from which it is largest."""
    own = next((item.scores for item in said if item.arm == tuned), {})
    most = 0.0
    for item in said:
        shared = [name for name in own if name in item.scores and name not in _NOT_WORTH]
        if item.arm != tuned and shared:
            most = max(most, sum(abs(own[name] - item.scores[name]) for name in shared) / len(shared))
    return round(100 * most)


def _change(said: Sequence[Item], right: Sequence[bool | None], tuned: str) -> Change:
    known = {item.arm: outcome for item, outcome in zip(said, right, strict=True) if outcome is not None}
    others = [outcome for arm, outcome in known.items() if arm != tuned]
    if tuned not in known or not others or known[tuned] == any(others):
        return "changed"
    return "gained" if known[tuned] else "lost"


def choose(found: Sequence[Found], most: int = 10) -> list[Found]:
    """At most `most` of them: suites take turns, and within a suite lost, gained and changed ones do.

    What got worse is rarer and matters more, so it always has a place. Within a kind the largest disagreements come
    first: the items on which the tuned arm's scores lie farthest from another arm's. Of equal ones the choice is spread
    evenly over the items. Equal input, equal choice.
    """
    suites: dict[str, dict[str, list[Found]]] = {}
    for item in found:
        suites.setdefault(item.suite, {"lost": [], "gained": [], "changed": []})[item.change].append(item)
    queues = [_turns([_farthest(kind, most) for kind in kinds.values()]) for kinds in suites.values()]
    chosen = {id(item) for item in _turns(queues)[:most]}
    return [item for item in found if id(item) in chosen]


def _turns(queues: Sequence[Sequence[Found]]) -> list[Found]:
    """The first of every queue, then the second of every queue, and so on."""
    longest = max((len(queue) for queue in queues), default=0)
    return [queue[index] for index in range(longest) for queue in queues if index < len(queue)]


def _farthest(found: Sequence[Found], most: int) -> list[Found]:
    """The largest disagreements, in their order; of those that are equal some from all over."""
    chosen: list[Found] = []
    for apart in sorted({one.apart for one in found}, reverse=True):
        chosen += _spread([one for one in found if one.apart == apart], most - len(chosen))
    return chosen


def _spread(found: Sequence[Found], most: int) -> list[Found]:
    if len(found) <= most:
        return list(found)
    return [found[index * len(found) // most] for index in range(most)]


def show(found: Found) -> Case:
    """The case to read, with the wrong answers corrected."""
    # The prompted arm carries the shown examples in its prompt; the barest prompt is the item itself.
    prompt = [_turn(turn) for turn in min((item.prompt for item in found.said), key=len)]
    expected = found.said[0].expected or ""
    answers = tuple(
        Answer(item.arm, _shown(expected, item.answer or "", right or found.suite in _DESCRIBED), right,
               tuple(sorted((name, score) for name, score in item.scores.items()
                            if name not in _TAKES | _PARTS)),
               item.sources)
        for item, right in zip(found.said, found.right, strict=True))
    return Case(found.suite, found.said[0].item, found.change, prompt[-1][1] if prompt else "", tuple(prompt[:-1]),
                cut(expected), answers, _DESCRIBED.get(found.suite, "expected"))


def _right(item: Item, better: Mapping[str, bool]) -> bool | None:
    """Right by the strictest score there is, else by the text; of some suites, by all of the item's own scores."""
    if item.suite in _DESCRIBED:
        own = [score == float(better[name]) for score_name, score in item.scores.items()
               if (name := f"{item.suite}/{score_name}") in better]
        return all(own) if own else None
    score = next((item.scores[name] for name in _STRICT if name in item.scores), None)
    return (item.answer or "").strip() == (item.expected or "").strip() if score is None else score == 1


def _turn(turn: Mapping[str, Any]) -> tuple[str, str]:
    """Role and text of a turn; whatever is not plain text is shown as the JSON it is."""
    content = turn.get("content")
    rest = {key: value for key, value in turn.items() if key not in ("role", "content") and value}
    texts = [content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)] if content else []
    texts += [json.dumps(rest, ensure_ascii=False)] if rest else []
    return str(turn.get("role", "")), cut("\n".join(texts))


def cut(text: str) -> str:
    """`text`, or its first 1,600 characters and how many follow; what could steer or hide is shown by its escape."""
    return visible(text[:_LONGEST]) + _rest(text)


def _rest(text: str) -> str:
    return f"… ({len(text) - _LONGEST:,} more characters)" if len(text) > _LONGEST else ""


def _shown(expected: str, answer: str, whole: bool) -> Markup:
    if whole or not answer or not expected:
        return escape(cut(answer))
    return marked(visible(expected[:_LONGEST]), visible(answer[:_LONGEST])) + _rest(answer)


def marked(expected: str, answer: str) -> Markup:
    """The answer with its corrections: `<del>` for what should not stand there, `<ins>` for what is missing.

    Without the insertions it reads as `answer`, without the deletions as `expected`. Texts that have little in common
    are not compared: the answer alone is returned.
    """
    # The matcher's own heuristic for long texts stays on: it keeps endless repetition cheap.
    if SequenceMatcher(None, _WORDS.findall(answer), _WORDS.findall(expected)).ratio() < _ALIKE:
        return escape(answer)
    given, wanted = _PIECES.findall(answer), _PIECES.findall(expected)
    matcher = SequenceMatcher(None, given, wanted)
    parts: list[Markup] = []
    gone = missing = ""
    for kind, start, end, first, last in [*matcher.get_opcodes(), ("equal", len(given), len(given), 0, 0)]:
        old, new = "".join(given[start:end]), "".join(wanted[first:last])
        if kind != "equal" or (old.isspace() and gone and missing):
            gone, missing = gone + old, missing + new  # a space between two corrections does not part them
            continue
        parts += [_correction(gone, missing), escape(old)]
        gone = missing = ""
    return Markup("").join(parts)


def _correction(gone: str, missing: str) -> Markup:
    """One stretch corrected; what two mostly alike stretches begin and end with stands once, unmarked."""
    head = _alike(gone, missing)
    tail = _alike(gone[head:][::-1], missing[head:][::-1])
    if head + tail < max(len(gone), len(missing)) * _SHARED:
        head = tail = 0
    middle = [Markup("<{0}>{1}</{0}>").format(tag, text[head:len(text) - tail])
              for tag, text in (("del", gone), ("ins", missing)) if len(text) > head + tail]
    return escape(gone[:head]) + Markup("").join(middle) + escape(gone[len(gone) - tail:])


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
