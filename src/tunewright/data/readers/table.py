"""What a reader gives: named rows, lazily; and the bounded, checked way to read text lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.data.readers.file import opened

LINE = 16 * 2**20
"""Longest line or record, in bytes. A longer one is refused, so memory is bounded whatever the file holds."""

COLUMNS = 10_000
"""Most columns of a file."""

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SHOWN = 60


@dataclass(frozen=True)
class Row:
    """One record as read: its 1-based number, its fields, and the line it begins on if the file has lines.

    `file` is the file it stands in, where a source has several, and `within` its number there. `broken` is why the
    record could not be read, as the rest of a sentence about it; `fields` then holds what there is of it.
    """

    number: int
    fields: dict[str, Any]
    line: int | None = None
    file: str | None = None
    within: int | None = None
    broken: str | None = None


@dataclass(frozen=True)
class Table:
    """A source's rows. `columns` are the names every row has, or None where rows name their own fields."""

    name: str
    columns: tuple[str, ...] | None
    rows: Iterator[Row]


def named_once(columns: tuple[str, ...], place: str) -> None:
    """Fault if there are more than `COLUMNS` columns, or two of one name."""
    if len(columns) > COLUMNS:
        raise Fault(f"{place} has {len(columns):,} columns, more than {COLUMNS:,}: keep those that are needed.")
    seen: set[str] = set()
    for column in columns:
        if column in seen:
            raise Fault(f"{place}: column `{column[:_SHOWN]}` is named twice: rename one.")
        seen.add(column)


def lines(path: Path, name: str) -> Iterator[str]:
    """The file's lines with their ends, decoded; a byte-order mark is left out.

    Raises Fault naming line and byte for a line above `LINE`, a NUL byte or broken UTF-8.
    """
    for number, raw in enumerate(raw_lines(path, name), 1):
        try:
            yield decoded(raw, number)
        except ValueError as error:
            raise Fault(f"{name}, line {number} {error}: save the file as UTF-8 text.") from error


def raw_lines(path: Path, name: str) -> Iterator[bytes]:
    """The file's lines with their ends, as they are. Raises Fault for a line above `LINE`, or if it is UTF-16."""
    with opened(path, name) as stream:
        number = 0
        while raw := stream.readline(LINE + 1):
            number += 1
            if number == 1:
                refuse_utf16(raw, name)
            if len(raw) > LINE:
                raise Fault(f"{name}, line {number} is longer than {LINE >> 20} MB: split or remove it.")
            yield raw


def decoded(raw: bytes, number: int) -> str:
    """The text of a file's line, without a byte-order mark in the first. Raises ValueError saying why it is none."""
    if (at := raw.find(b"\0")) >= 0:
        raise ValueError(f"holds NUL (byte {at + 1}), which text does not")
    skipped = len(_UTF8_MARK) if number == 1 and raw.startswith(_UTF8_MARK) else 0
    try:
        return raw[skipped:].decode()
    except UnicodeDecodeError as error:
        at = skipped + error.start
        raise ValueError(f"is not UTF-8 (byte {at + 1} is 0x{raw[at]:02x}, {error.reason})") from error


def refuse_utf16(begin: bytes, name: str) -> None:
    """Fault if a file begins as UTF-16 does."""
    if begin.startswith(_UTF16_MARKS):
        raise Fault(f"{name} is UTF-16, not UTF-8: save it as UTF-8.")

