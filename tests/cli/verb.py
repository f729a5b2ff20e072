"""How the tests call the command."""

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from tunewright.cli.group import tunewright


def tune(*words: str) -> Result:
    """The command in this process, its stdout and stderr apart."""
    return CliRunner().invoke(tunewright, list(words))


def command(*words: str, code: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own; `code` is run before it."""
    script = f"import sys\n{code}\nsys.argv = ['tunewright', *{list(words)!r}]\nfrom tunewright.cli import main\nmain()"
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False,
                          env={**os.environ, **env})


def sentence(result: Result | subprocess.CompletedProcess[str]) -> str:
    """The one line that a fault prints; asserts that it is one, and no traceback."""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("tunewright: ")
    return lines[0].removeprefix("tunewright: ")


def files(folder: Path) -> set[str]:
    """Every file below a folder, hidden ones too."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
