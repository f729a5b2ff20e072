"""The step for personal data and secrets: a record passes with every value masked or pseudonymised, or not at all."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.examples import Example
from tunewright.data.step import LeftOut, Prepared, Step
from tunewright.pii import Finding, Scanner, make, masked, shown
from tunewright.recipe import DataSpec
from tunewright.recipe.pii import PiiSpec

DONE = ("masked", "pseudonymised")
"""The words in a dataset's counts for how many spans were replaced, and how."""

_SAID = ("messages", "tools", "text", "prompt", "chosen", "rejected")
_FIXED = ("role", "type")
"""Keys whose values come from a list of words, and hold nothing else."""


@dataclass
class _Reading:
    """One record being read: what was found, and the first value that must not pass."""

    scanner: Scanner
    counts: Counter[str] = field(default_factory=Counter)
    stopped: dict[str, str] = field(default_factory=dict)
    """By action (`drop`, `fail`): what was found, where, in its context."""

    def value(self, value: Any, place: str, name: str = "") -> Any:
        """A JSON value with all its texts read. `name` is the key of a tool's argument: `phone` says what follows."""
        if isinstance(value, str):
            return self.text(value, place, name)
        if isinstance(value, Mapping):
            return dict(self._pair(key, inner, place, name) for key, inner in value.items())
        if isinstance(value, list | tuple):
            return type(value)(self.value(inner, f"{place}[{at}]", name) for at, inner in enumerate(value))
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1_000_000:
            said = self.text(str(value), place, name)
            return said if said != str(value) else value
        return value

    def _pair(self, key: str, inner: Any, place: str, name: str) -> tuple[str, Any]:
        if key in _FIXED:
            return key, inner
        if not name and key != "arguments":
            return key, self.value(inner, f"{place}.{key}")
        shown_key = masked(key, self.scanner.find(key))
        return self.text(key, place), self.value(inner, f"{place}.{shown_key}", key)

    def text(self, text: str, place: str, name: str = "") -> str:
        """`text` with every finding replaced; as it is where one must not pass, since then the record does not."""
        led = f"{name.replace('_', ' ')}: " if name else ""
        found = self.scanner.find(led + text)
        if led:
            found = [Finding(one.start - len(led), one.end - len(led), one.kind) for one in found
                     if one.start >= len(led)]
        if not found:
            return text
        for at, one in enumerate(found):
            self.counts[one.kind] += 1
            action = self.scanner.actions[one.kind]
            if action in ("drop", "fail"):
                self.stopped.setdefault(action, f"holds {one.kind} in `{place}`: “{shown(text, found, at)}”")
        return text if self.stopped else self.scanner.replaced(text, found)


def step(spec: DataSpec) -> Step:
    """The step that `data.pii` asks for. Raises Fault if a key or a model that it needs is missing."""
    return partial(_step, make(spec.pii or PiiSpec()), [source.path for source in spec.sources], spec.split.column or "")


def _step(scanner: Scanner, paths: Sequence[str], group: str, prepared: Prepared) -> Prepared | LeftOut:
    example = prepared.example
    reading = _Reading(scanner)
    said = {name: reading.value(value, name) for name in _SAID if (value := getattr(example, name))}
    counts = Counter(reading.counts)  # the label mostly says again what the answer says
    label = reading.text(example.label, "label") if example.label else None
    grouped = _group(scanner, example, group, paths)
    if "fail" in reading.stopped:
        raise Fault(f"{paths[example.source]}, row {example.row} {reading.stopped['fail']}; `pii` says fail: take it "
                    "out of the source, or choose another action.")
    if "drop" in reading.stopped:
        return LeftOut("pii", reading.stopped["drop"])
    if not reading.counts and grouped == example.group:
        return prepared
    return replace(prepared, example=replace(example, **said, label=label, group=grouped), pii=dict(counts))


def _group(scanner: Scanner, example: Example, column: str, paths: Sequence[str]) -> str | None:
    """The record's group as it may be kept. A mask would make one group of all, so only a pseudonym will do."""
    if not example.group:
        return example.group
    reading = _Reading(scanner)
    kept = reading.text(example.group, column, column)
    wrong = [kind for kind in reading.counts if scanner.actions[kind] != "pseudonymise"]
    if wrong:
        raise Fault(f"{paths[example.source]}, row {example.row}: column `{column}`, by which records are grouped, "
                    f"holds {wrong[0]}, and a mask would make all groups one: add `pii.kinds: {{{wrong[0]}: "
                    f"pseudonymise}}`, group by another column, or name {wrong[0]} in `pii.without`.")
    return kept


def hidden(spec: PiiSpec | None) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What shows the fields of a record that cannot be used with every finding masked, whatever the actions."""
    if spec is None:
        return lambda fields: fields
    scanner = replace(make(spec), actions=dict.fromkeys(spec.actions(), "mask"))
    return lambda fields: _hidden(scanner, fields)


def _hidden(scanner: Scanner, fields: dict[str, Any]) -> dict[str, Any]:
    try:
        return dict(_Reading(scanner).value(fields, "arguments", "arguments"))
    except (ValueError, RecursionError):  # what is too broken to be read is too broken to be shown
        return {}


def counted(spec: PiiSpec | None, found: Mapping[str, int]) -> dict[str, int]:
    """How many spans were masked and how many pseudonymised, of those `found` by kind in the records that are kept."""
    if spec is None:
        return {}
    actions = spec.actions()
    done = {"mask": "masked", "pseudonymise": "pseudonymised"}
    totals = Counter[str]()
    for kind, count in found.items():
        totals[done[actions[kind]]] += count
    return {word: totals[word] for word in DONE if totals[word]}


def told(counts: Mapping[str, int]) -> str:
    """A dataset's counts in words: `312 PII spans masked, 5 pseudonymised`; empty if there are none."""
    done = [(counts[word], word) for word in DONE if counts.get(word)]
    spans = "PII span " if done and done[0][0] == 1 else "PII spans "
    return ", ".join(f"{count:,} {'' if at else spans}{word}" for at, (count, word) in enumerate(done))


def section(spec: PiiSpec | None, found: Mapping[str, int], left_out: int) -> str:
    """The card's section: what was looked for and what was done, by kind, in the records that are kept."""
    if spec is None:
        return ("## Personal data\n\nNot looked for: the recipe has no `data.pii`. Records are as they stood in the "
                "sources.")
    actions = spec.actions()
    rows = [f"| {kind} | {count:,} | {actions[kind]} |" for kind, count in sorted(found.items(), key=_most) if count]
    looked = f"Looked for {len(actions)} kinds of personal data and secrets"
    looked += " by form, check digit and words nearby" + (
        f", and for names with {spec.names.model}" if spec.names and spec.names.engine == "presidio" else "")
    away = f" Without: {', '.join(spec.without)}." if spec.without else ""
    table = "\n".join(["| kind | spans | action |", "| --- | --- | --- |", *rows]) if rows else "None was found."
    return (f"## Personal data\n\n{looked}; a detector misses some.{away} Left out for it: {left_out:,}.\n\n{table}")


def _most(one: tuple[str, int]) -> tuple[int, str]:
    return -one[1], one[0]
