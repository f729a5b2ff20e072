"""What a person sees: results to stdout, notices and progress to stderr; colour only on a terminal."""

import json
import os
import sys
import time
from shutil import get_terminal_size
from typing import IO, Any

import click

from tunewright.core.span import span
from tunewright.core.visible import visible

_STAGE = 10  # columns of the stage's name
_WIDE = 118  # columns of a line whose seconds stand at its right
_LAST = 20  # columns that a table's last column wants at least
_REDRAW = 0.05  # seconds between two drawings of the progress line


def emit(value: Any) -> None:
    """One JSON document to stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def fancy(stream: IO[str] | None) -> bool:
    """Whether colour and redrawing are welcome: a terminal, and NO_COLOR is not set. A closed stream is None."""
    if stream is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


class Screen:
    """Lines of a run: the stage's name at the left, its seconds at the right; progress redraws one line."""

    def __init__(self, *, notices: bool = False) -> None:
        """With `notices`, every line goes to stderr: stdout then belongs to a JSON document."""
        self._notices = notices
        self._started: float = click.get_current_context().find_root().obj  # when the command began
        self._began = self._started
        self._last = ""
        self._drawn = False
        self._redrawn = 0.0
        self._kept: list[str] | None = []

    def flow(self) -> None:
        """Print the lines kept so far, and from now on each as it comes: there is work to do."""
        kept, self._kept = self._kept or [], None
        for line in kept:
            self._line(line)

    def head(self, text: str) -> None:
        """The first line: what is being run."""
        self._line(click.style(visible(text), bold=True))

    def last(self, text: str) -> None:
        """The only line of a run that had nothing to do; lines kept so far are dropped."""
        self._kept = None
        self._row("", text, span(time.perf_counter() - self._started), 0)

    def say(self, stage: str, text: str) -> None:
        """A stage's result. Further lines of one stage leave its name out."""
        seconds = time.perf_counter() - self._began
        self._began = time.perf_counter()
        for number, line in enumerate(visible(text).splitlines() or [""]):
            name = stage if stage != self._last else ""
            self._last = stage
            right = span(seconds) if number == 0 and seconds >= 0.5 else ""
            self._row(name, line, right)

    def _row(self, stage: str, text: str, right: str, indent: int = _STAGE) -> None:
        line = click.style(f"{stage:<{indent}}", fg="cyan") + text
        if right:
            room = min(self._width(), _WIDE) - indent - len(text)
            line += "   " + right if room < len(right) + 1 else right.rjust(room)
        self._line(line)

    def progress(self, stage: str, text: str) -> None:
        """Redraw the line of a stage that is under way; silent without a terminal."""
        now = time.perf_counter()
        if fancy(sys.stderr) and now - self._redrawn > _REDRAW:
            self._redrawn = now
            line = f"{stage:<{_STAGE}}{visible(text)}"[: self._width() - 1]
            click.echo(f"\r\x1b[K{line}", err=True, nl=False)
            self._drawn = True

    def clear(self) -> None:
        """Take the progress line away."""
        if self._drawn:
            click.echo("\r\x1b[K", err=True, nl=False)
            self._drawn = False

    def _line(self, text: str) -> None:
        if self._kept is not None:
            self._kept.append(text)
            return
        self.clear()
        stream = sys.stderr if self._notices else sys.stdout
        click.echo(text, file=stream, color=fancy(stream))

    def _width(self) -> int:
        return get_terminal_size((_WIDE, 24)).columns


def table(rows: list[list[str]], header: list[str]) -> None:
    """Rows in columns: on a terminal the last column is folded and the header bold; plain lines elsewhere.

    A terminal too narrow for the other columns gets the plain lines, which it wraps itself.
    """
    rows = [[visible(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    if fancy(sys.stdout) and sum(widths[:-1]) + 2 * len(widths) + _LAST <= get_terminal_size().columns:
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Table

        drawn = Table(box=None, header_style="bold", pad_edge=False)
        for title in header[:-1]:
            drawn.add_column(title, no_wrap=True)
        drawn.add_column(header[-1], overflow="fold")
        for row in rows:
            drawn.add_row(*map(escape, row))
        Console(highlight=False).print(drawn)
        return
    for row in [header, *rows]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
