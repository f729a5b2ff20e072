"""How a process starts `tunewright` in another one: by the same interpreter, wherever the command itself lies."""

import sys

_START = "from tunewright.cli import main; main()"


def command(*words: str) -> list[str]:
    """The arguments of a process that runs `tunewright WORDS`."""
    return [sys.executable, "-c", _START, *words]
