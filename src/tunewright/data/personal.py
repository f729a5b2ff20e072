"""The step for personal data and secrets: a record passes with every value masked or pseudonymised, or not at all."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.examples import Example
from tunewright.data.step import LeftOut, Prepared, Step
from tunewright.pii import Finding, Scanner, make, make_pseudonyms, masked, shown
from tunewright.recipe import DataSpec
from tunewright.recipe.pii import PiiSpec

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
    paths = [source.path for source in spec.sources]
    return partial(_step, make(spec.pii or PiiSpec()), paths, spec.split.column or "")


def _step(scanner: Scanner, paths: Sequence[str], group: str, prepared: Prepared) -> Prepared | LeftOut:
    example = prepared.example
    reading = _Reading(scanner)
    said = {name: reading.value(value, name) for name in _SAID if (value := getattr(example, name))}
    counts = Counter(reading.counts)  # the label mostly says again what the answer says
    label = reading.text(example.label, "label") if example.label else None
    fields = {name: reading.text(value, name) for name, value in example.fields.items()}
    grouped = _group(scanner, example, group, paths)
    if "fail" in reading.stopped:
        raise Fault(f"{paths[example.source]}, row {example.row} {reading.stopped['fail']}; `pii` says fail: take it "
                    "out of the source, or choose another action.")
    if "drop" in reading.stopped:
        return LeftOut("pii", reading.stopped["drop"])
    if not reading.counts and grouped == example.group:
        return prepared
    example = replace(example, **said, label=label, group=grouped, fields=fields)
    return replace(prepared, example=example, pii=dict(counts))


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


def fingerprint(spec: PiiSpec) -> str | None:
    """What tells the key of the pseudonyms from another key; None if nothing is pseudonymised.

    Raises Fault if a key is needed and missing.
    """
    return make_pseudonyms().fingerprint if "pseudonymise" in spec.actions().values() else None
