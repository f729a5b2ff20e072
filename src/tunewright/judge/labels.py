"""How far a judge agrees with people: those whose labels a file holds, or who judged the same report."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.items import Item
from tunewright.core.judged import Told
from tunewright.data import strict_json
from tunewright.stats.agreement import kappa

Labels = Mapping[tuple[str, str], Mapping[str, float]]
"""By item and arm, what people said by criterion (`win`: 1, 0.5 or 0 for the tuned arm; else 1 to 5)."""

_BETTER = {"tuned": 1.0, "tie": 0.5}


def read(path: Path) -> Labels:
    """The labels in a file of JSON lines such as {"item": "3f9c…", "better": "tuned"} or {"item": "3f9c…",
    "arm": "tuned", "correctness": 4}.

    `better` names an arm or `tie`; `arm` is `tuned` unless said. Raises Fault with file and line.
    """
    found: dict[tuple[str, str], dict[str, float]] = {}
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Fault(f"labels {path.name} cannot be read ({error}): give a .jsonl file in UTF-8.") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            key, said = _line(line, f"{path.name}:{number}")
            if key in found:
                raise Fault(f"{path.name}:{number}: item {key[0][:12]} has a label already: keep one line for it.")
            found[key] = said
    return found


def _line(line: str, where: str) -> tuple[tuple[str, str], dict[str, float]]:
    try:
        row: Any = strict_json.loads(line)
    except ValueError as error:
        raise Fault(f"{where}: not JSON ({error}): write one object a line.") from error
    if not isinstance(row, dict) or not isinstance(row.get("item"), str):
        raise Fault(f"{where}: has no `item`: name the item as items.jsonl of the report does.")
    said = {name: float(value) for name, value in row.items()
            if isinstance(value, int | float) and not isinstance(value, bool)}
    if isinstance(row.get("better"), str):
        said["win"] = _BETTER.get(row["better"], 0.0)
    if not said:
        raise Fault(f"{where}: says nothing of item {row['item'][:12]}: give `better`, or a number by criterion.")
    return (row["item"], str(row.get("arm", "tuned"))), said


def of_items(items: Sequence[Item]) -> Labels:
    """What the items of people who judged a report say; a mean of several people counts as what most of them say."""
    return {(item.item, item.arm): {name: _nearest(value) for name, value in item.scores.items()} for item in items}


def agreement(items: Sequence[Item], labels: Labels, criteria: Sequence[str], *, level: Any = "nominal") -> list[Told]:
    """Cohen's kappa by criterion over what judge and people both judged; a criterion that cannot tell is left out."""
    found = []
    for name in criteria:
        both = [(item.scores[name], said[name]) for item in items if name in item.scores
                and name in (said := labels.get((item.item, item.arm), {}))]
        try:
            figure = kappa([ours for ours, _ in both], [theirs for _, theirs in both], level)
        except ValueError:
            continue
        found.append(Told(name, figure.value, figure.low, figure.high, figure.n))
    return found


def digest_of(path: Path) -> str:
    """The labels as they stand, so that changed ones are judged anew."""
    return json.dumps(sorted((list(key), dict(said)) for key, said in read(path).items()))


def _nearest(value: float) -> float:
    return 1.0 if value > 0.5 else 0.0 if value < 0.5 else 0.5
