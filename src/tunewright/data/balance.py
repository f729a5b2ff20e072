"""Balance: how often each kind of record is learned from. Only the training part is balanced, the last of all."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from tunewright.core.examples import Example
from tunewright.data.compact import Compact, Numbers
from tunewright.data.decisions import Balanced, Decisions
from tunewright.data.quality.language import spoken
from tunewright.data.quality.said import said
from tunewright.data.spill import Spill
from tunewright.recipe.balance import BalanceSpec

NONE = "(none)"
"""The value of records that have none; they are balanced like any other."""

_OWN = ("label", "response", "source", "length", "language")
_SHOWN = 40


def column(spec: BalanceSpec | None) -> str | None:
    """The column of the sources that the recipe balances by, if it does."""
    return spec.by if spec and spec.by not in _OWN else None


def value(spec: BalanceSpec, example: Example, path: str, fields: Mapping[str, Any]) -> str | None:
    """What a record is balanced by: `path` is its source's, `fields` are those of its row."""
    if spec.by == "label":
        return example.label
    if spec.by == "response":
        return example.answer
    if spec.by == "source":
        return path
    if spec.by == "length":
        return f"up to {1 << (max(sum(map(len, said(example).turns)), 1) - 1).bit_length():,} characters"
    if spec.by == "language":
        return spoken(said(example))
    found = fields.get(spec.by)
    return None if found is None else str(found).strip() or None


def balance(compact: Compact, spill: Spill, spec: BalanceSpec, decisions: Decisions) -> None:
    """Leave out, repeat or weigh the kept training records, and note what that made of each value, most first.

    Which are left out or repeated once more follows from the hash of what they say: records added later change it as
    little as can be.
    """
    numbers = decisions.kept("train")
    code, values = _coded(spill, numbers)
    before = np.bincount(code, minlength=len(values))
    # The rank of each record among those of its value, by hash.
    order = np.lexsort((numbers, compact.key[numbers], code))
    rank: Numbers = np.empty(len(numbers), np.int64)
    rank[order] = np.arange(len(numbers)) - np.repeat(np.cumsum(before) - before, before)
    if spec.cap is not None:
        beyond = numbers[rank >= spec.cap]
        decisions.leave_out(beyond, "balance")
        decisions.reasons |= dict.fromkeys(beyond.tolist(), f"beyond the cap of {spec.cap:,} for its {spec.by}")
    if spec.up_sample is not None:
        wanted = np.maximum(before, spec.up_sample)
        decisions.copies[numbers] = wanted[code] // before[code] + (rank < wanted[code] % before[code])
    weights = np.ones(len(values))
    if spec.weight is not None:
        weights = len(numbers) / (len(values) * np.maximum(before, 1))
        decisions.weight[numbers] = weights[code]
    left = decisions.why[numbers] == 0
    after = np.bincount(code[left], decisions.copies[numbers[left]], len(values)).astype(int)
    told = [Balanced(*one) for one in zip(values, before.tolist(), after.tolist(), weights.tolist(), strict=True)]
    decisions.balanced = tuple(sorted(told, key=lambda one: (-one.before, one.value)))


def section(spec: BalanceSpec, told: tuple[Balanced, ...]) -> str:
    """The section of the dataset's card, with its heading."""
    way = {"cap": f"at most {spec.cap} records of each", "weight": "each counts as much as any other in sum",
           "up_sample": f"records repeated up to {spec.up_sample} of each"}
    how = next(words for name, words in way.items() if getattr(spec, name) is not None)
    rows = [("value", "before", "after", "weight of a record")]
    rows += [(_cell(one.value), f"{one.before:,}", f"{one.after:,}", f"{one.weight:.4g}") for one in told[:_SHOWN]]
    table = "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], ["---"] * 4, *rows[1:]))
    more = f"\n\nand {len(told) - _SHOWN:,} more values" if len(told) > _SHOWN else ""
    return f"## Balance\n\nThe training part by `{spec.by}`: {how}.\n\n{table}{more}"


def _coded(spill: Spill, numbers: Numbers) -> tuple[Numbers, list[str]]:
    """A number for the value of each record, and the values in the order of those numbers."""
    taken = spill.take(numbers, ["balance"]).column("balance").combine_chunks()
    named = (taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken).fill_null(NONE)
    values, code = np.unique(np.array(named.to_pylist(), object).astype(str), return_inverse=True)
    return code, values.tolist()


def _cell(text: str) -> str:
    flat = " ".join(text.split()).replace("|", "\\|")
    return flat if len(flat) <= 60 else f"{flat[:59]}…"
