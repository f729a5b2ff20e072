"""What is left of the files beside a dataset's parts: what was removed, drafts, findings of quality, the card.

Each function takes a file's bytes and returns what is left, or None if there is nothing of that person in it.
"""

import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from tunewright.data.asked import asked
from tunewright.data.card import cell
from tunewright.data.quality import told
from tunewright.data.quality.triggers import held
from tunewright.data.removed import about
from tunewright.withdraw.rewrite import Traces

_BARE = ("why", "path", "row", "part")
_ERASED = "| *erased* |"


def removed(content: bytes, person: str | None, ids: Collection[str]) -> bytes | None:
    """`removed.jsonl` with the places of the person's records, and of theirs that name nobody, and no more."""
    lines = [json.loads(line) for line in content.splitlines()]
    mine = [about(line, person, ids) for line in lines]
    if not any(mine):
        return None
    left = ({name: line[name] for name in _BARE if name in line} | {"reason": "was erased"} if gone else line
            for line, gone in zip(lines, mine, strict=True))
    return "".join(json.dumps(line) + "\n" for line in left).encode("ascii")


def drafts(content: bytes, keys: Collection[str], ids: Collection[str]) -> bytes | None:
    """`drafts.jsonl` with place and decision of drafts that were made from the person's records, and no more."""
    lines = [json.loads(line) for line in content.splitlines()]
    mine = [_made_from(line, keys, ids) for line in lines]
    if not any(mine):
        return None
    left = ({name: line[name] for name in ("path", "row", "decision")} if gone else line
            for line, gone in zip(lines, mine, strict=True))
    return "".join(json.dumps(line) + "\n" for line in left).encode("ascii")


def _made_from(line: dict[str, Any], keys: Collection[str], ids: Collection[str]) -> bool:
    made = json.dumps(line["made"])
    return line["id"] in ids or any(key in made for key in keys) or any(one in made for one in ids)


def quality(content: bytes, traces: Traces, alone: Collection[str]) -> bytes | None:
    """`quality.json` without the trigger phrases that the person said, and those of a label that is theirs alone."""
    found = told.parse(content)
    left = tuple(one for one in found.triggers if one.label not in alone and not any(
        held([one], asked(said), one.label) for said in traces.records))
    return None if left == found.triggers else replace(found, triggers=left).file()


def card(content: bytes, found: bytes | None, alone: Collection[str]) -> bytes | None:
    """`card.md` with the `found` of quality that is left, and without labels and values that are the person's alone."""
    text = content.decode()
    shown = {cell(one) for one in alone}
    lines = [f"{_ERASED}{' |' * (line.count(' | '))}" if _first(line) in shown else line for line in text.split("\n")]
    left = "\n".join(lines)
    if found is not None and "## Quality\n" in left:
        before, _, rest = left.partition("## Quality\n")
        _, heading, after = rest.partition("\n\n## ")
        left = f"{before}{told.section(told.parse(found))}{heading}{after}"
    return None if left == text else left.encode()


def _first(line: str) -> str | None:
    """What stands in the first cell of a table's row."""
    return line.removeprefix("| ").split(" | ")[0] if line.startswith("| ") else None
