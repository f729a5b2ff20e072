"""Spans of personal data in a dataset: how many there were, and what was done with them, in figures and in words."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tunewright.recipe.pii import PiiSpec

if TYPE_CHECKING:
    from tunewright.data.decisions import Decisions
    from tunewright.data.spill import Spill

DONE = {"mask": "masked", "pseudonymise": "pseudonymised"}
"""The words in a dataset's counts for what was done, by action."""


def found(spill: "Spill", decisions: "Decisions") -> Counter[str]:
    """How many spans of each kind the kept records had."""
    import pyarrow as pa

    totals = Counter[str]()
    for start, batch in spill.batches():
        kept = pa.array(decisions.why[start:start + batch.num_rows] == 0)
        for said in batch.column("pii").filter(kept).drop_null().to_pylist():
            totals.update(json.loads(said))
    return totals


def counted(spec: PiiSpec | None, spans: Mapping[str, int]) -> dict[str, int]:
    """How many spans were masked and how many pseudonymised, of the `spans` by kind in the records that are kept."""
    if spec is None:
        return {}
    actions = spec.actions()
    totals = Counter[str]()
    for kind, count in spans.items():
        totals[DONE[actions[kind]]] += count
    return {word: totals[word] for word in DONE.values() if totals[word]}


def told(counts: Mapping[str, int]) -> str:
    """A dataset's counts in words: `312 PII spans masked, 5 pseudonymised`; empty if there are none."""
    done = [(counts[word], word) for word in DONE.values() if counts.get(word)]
    spans = "PII span " if done and done[0][0] == 1 else "PII spans "
    return ", ".join(f"{count:,} {'' if at else spans}{word}" for at, (count, word) in enumerate(done))


def section(spec: PiiSpec | None, spans: Mapping[str, int], left_out: int) -> str:
    """The card's section: what was looked for and what was done, by kind, in the records that are kept."""
    if spec is None:
        return ("## Personal data\n\nNot looked for: the recipe has no `data.pii`. Records are as they stood in the "
                "sources.")
    actions = spec.actions()
    rows = [f"| {kind} | {count:,} | {actions[kind]} |" for kind, count in sorted(spans.items(), key=_most) if count]
    looked = f"Looked for {len(actions)} kinds of personal data and secrets"
    looked += " by form, check digit and words nearby" + (
        f", and for names with {spec.names.model}" if spec.names and spec.names.engine == "presidio" else "")
    away = f" Without: {', '.join(spec.without)}." if spec.without else ""
    table = "\n".join(["| kind | spans | action |", "| --- | --- | --- |", *rows]) if rows else "None was found."
    return (f"## Personal data\n\n{looked}; a detector misses some.{away} Left out for it: {left_out:,}.\n\n{table}")


def _most(one: tuple[str, int]) -> tuple[int, str]:
    return -one[1], one[0]
