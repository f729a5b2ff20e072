"""Items from a file that the recipe's `evaluate` section names: JSON lines of one exchange each."""

import json
from pathlib import Path
from typing import Any

from tunewright.core.digest import digest_file
from tunewright.core.errors import Fault
from tunewright.core.examples import Example, make_example

_SHAPES = 'has `prompt` and `response` (texts), or `messages` that end with an assistant turn'


def digest(field: str, path: Path) -> str:
    """What changes with the file's content. Raises Fault if it cannot be read; `field` is the recipe's."""
    try:
        return digest_file(path)
    except OSError as error:
        raise _unreadable(field, path, error) from error


def read(field: str, path: Path) -> list[Example]:
    """The exchanges of a file. Raises Fault for one that cannot be read, has none, or a line of another shape."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise _unreadable(field, path, error) from error
    except UnicodeDecodeError as error:
        raise Fault(f"{field}: {path} is not UTF-8 text ({error.reason}): save it as such.") from error
    rows = [(at, line) for at, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise Fault(f"{field}: {path} has no items: each line {_SHAPES}.")
    return [_example(field, path, at, line) for at, line in rows]


def _example(field: str, path: Path, at: int, line: str) -> Example:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise Fault(f"{field}: {path}, line {at} is not JSON ({error}): mend the line.") from error
    turns = _turns(row)
    if turns is None:
        raise Fault(f"{field}: {path}, line {at} is no item: it {_SHAPES}.")
    return make_example(messages=turns)


def _turns(row: Any) -> tuple[dict[str, Any], ...] | None:
    if not isinstance(row, dict):
        return None
    if isinstance(row.get("prompt"), str) and isinstance(row.get("response"), str):
        return {"role": "user", "content": row["prompt"]}, {"role": "assistant", "content": row["response"]}
    turns = row.get("messages")
    if not isinstance(turns, list) or not turns:
        return None
    whole = all(isinstance(turn, dict) and turn.get("role") in ("system", "user", "assistant")
                and isinstance(turn.get("content"), str) for turn in turns)
    return tuple(turns) if whole and turns[-1]["role"] == "assistant" and len(turns) > 1 else None


def _unreadable(field: str, path: Path, error: OSError) -> Fault:
    return Fault(f"{field}: {path} cannot be read ({error.strerror}): mend the path.")
