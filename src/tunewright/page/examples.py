"""Examples where the arms differ: which to show, and where a wrong answer leaves the expected one."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from markupsafe import Markup, escape

from tunewright.core.records import Report
from tunewright.core.store import Store

Item = dict[str, Any]
Change = Literal["lost", "gained", "changed"]

_LONGEST = 1600  # characters of a text that are shown; the rest is counted
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_ALIKE = 0.3  # below this likeness a difference is noise: the answer is shown as it is
_WORD_ALIKE = 0.6  # two words at least this alike are compared letter by letter


@dataclass(frozen=True)
class Answer:
    """What one arm answered; `shown` marks how it leaves the expected text."""

    arm: str
    shown: Markup
    right: bool
    scores: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Case:
    """One item and every arm's answer. `prompt` is the last turn; `before` are the turns that led to it."""

    suite: str
    item: str
    change: Change
    prompt: str
    before: tuple[tuple[str, str], ...]
    expected: str
    answers: tuple[Answer, ...]


def read_items(store: Store, report: Report) -> Iterator[Item]:
    """The lines of `items.jsonl`: suite, item, arm, prompt, expected, answer, group, scores."""
    for line in store.get(store.folder(report.items)["items.jsonl"]).splitlines():
        if line.strip():
            yield json.loads(line)


def differing(items: Iterable[Item], arms: Sequence[str], tuned: str) -> list[Case]:
    """Every item whose answers are not the same in all arms, in the order of suite and first appearance."""
    together: dict[tuple[str, str], dict[str, Item]] = defaultdict(dict)
    for item in items:
        if isinstance(item.get("answer"), str):
            together[item["suite"], str(item["item"])][item["arm"]] = item
    cases = []
    for key in sorted(together, key=lambda key: key[0] != "task"):
        rows = together[key]
        if len({row["answer"].strip() for row in rows.values()}) > 1:
            cases.append(_case(key, [rows[arm] for arm in arms if arm in rows], tuned))
    return cases


def choose(cases: Sequence[Case], most: int = 10) -> list[Case]:
    """At most `most` cases: suites take turns, and within a suite lost, gained and changed ones do.

    What got worse is rarer and matters more, so it always has a place. Within a kind they are spread evenly over the
    items. Equal input, equal choice.
    """
    suites: dict[str, dict[str, list[Case]]] = {}
    for case in cases:
        suites.setdefault(case.suite, {"lost": [], "gained": [], "changed": []})[case.change].append(case)
    queues = [_turns([_spread(kind, most) for kind in kinds.values()]) for kinds in suites.values()]
    chosen = {id(case) for case in _turns(queues)[:most]}
    return [case for case in cases if id(case) in chosen]


def _turns(queues: Sequence[Sequence[Case]]) -> list[Case]:
    """The first of every queue, then the second of every queue, and so on."""
    longest = max((len(queue) for queue in queues), default=0)
    return [queue[index] for index in range(longest) for queue in queues if index < len(queue)]


def _spread(cases: Sequence[Case], most: int) -> list[Case]:
    if len(cases) <= most:
        return list(cases)
    return [cases[index * len(cases) // most] for index in range(most)]


def _case(key: tuple[str, str], rows: Sequence[Item], tuned: str) -> Case:
    right = {row["arm"]: _right(row) for row in rows}
    others = [outcome for arm, outcome in right.items() if arm != tuned]
    change: Change = "changed"
    if right.get(tuned) and not any(others):
        change = "gained"
    elif tuned in right and not right[tuned] and any(others):
        change = "lost"
    # The prompted arm carries the shown examples in its prompt; the barest prompt is the item itself.
    prompt = min((_turn_texts(row.get("prompt")) for row in rows), key=len)
    expected = rows[0].get("expected") or ""
    answers = tuple(
        Answer(row["arm"], _shown(expected, row["answer"], right[row["arm"]]), right[row["arm"]],
               tuple(sorted((name, float(score)) for name, score in row.get("scores", {}).items()
                            if isinstance(score, int | float))))
        for row in rows)
    return Case(*key, change, cut(prompt[-1][1] if prompt else ""),
                tuple((role, cut(text)) for role, text in prompt[:-1]), cut(expected), answers)


def _right(row: Item) -> bool:
    scores = row.get("scores", {})
    if "exact" in scores:
        return bool(scores["exact"] == 1)
    return bool(row["answer"].strip() == (row.get("expected") or "").strip())


def _turn_texts(prompt: Any) -> list[tuple[str, str]]:
    """Role and text of each turn; whatever is not plain text is shown as the JSON it is."""
    if not isinstance(prompt, list):
        return [("user", prompt if isinstance(prompt, str) else json.dumps(prompt, ensure_ascii=False))]
    turns = []
    for turn in prompt:
        content, rest = turn.get("content"), {k: v for k, v in turn.items() if k not in ("role", "content") and v}
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False) if content else ""
        if rest:
            text = f"{text}\n{json.dumps(rest, ensure_ascii=False)}".strip()
        turns.append((str(turn.get("role", "user")), text))
    return turns


def cut(text: str) -> str:
    """`text`, or its first 1,600 characters and how many follow."""
    return text[:_LONGEST] + _rest(text)


def _rest(text: str) -> str:
    return f"… ({len(text) - _LONGEST:,} more characters)" if len(text) > _LONGEST else ""


def _shown(expected: str, answer: str, right: bool) -> Markup:
    if right or not answer or not expected:
        return escape(cut(answer))
    return marked(expected[:_LONGEST], answer[:_LONGEST]) + _rest(answer)


def marked(expected: str, answer: str) -> Markup:
    """The answer with its corrections: `<del>` for what should not stand there, `<ins>` for what is missing.

    Without the insertions it reads as `answer`, without the deletions as `expected`. Texts that have little in common
    are not compared: the answer alone is returned.
    """
    given, wanted = _WORDS.findall(answer), _WORDS.findall(expected)
    matcher = SequenceMatcher(None, given, wanted, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return escape(answer)
    parts: list[Markup] = []
    for kind, start, end, first, last in matcher.get_opcodes():
        old, new = "".join(given[start:end]), "".join(wanted[first:last])
        if kind == "equal":
            parts.append(escape(old))
        elif end - start == last - first == 1 and SequenceMatcher(None, old, new, False).ratio() >= _WORD_ALIKE:
            parts.append(_letters(old, new))
        else:
            parts.append(_correction(old, new))
    return Markup("").join(parts)


def _letters(old: str, new: str) -> Markup:
    parts = []
    for kind, start, end, first, last in SequenceMatcher(None, old, new, False).get_opcodes():
        parts.append(escape(old[start:end]) if kind == "equal" else _correction(old[start:end], new[first:last]))
    return Markup("").join(parts)


def _correction(old: str, new: str) -> Markup:
    gone = Markup("<del>{}</del>").format(old) if old else Markup("")
    missing = Markup("<ins>{}</ins>").format(new) if new else Markup("")
    return gone + missing
