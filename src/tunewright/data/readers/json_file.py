"""JSON: one array of objects in a file, parsed object by object, so that its size is no matter."""

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from tunewright.core.errors import Fault
from tunewright.data.readers.file import opened
from tunewright.data.readers.jsonl_file import NAMES
from tunewright.data.readers.table import LINE, Row, Table, refuse_utf16
from tunewright.data.strict_json import decode

_PIECE = 1 << 20
_BLANK = re.compile(r"[ \t\r\n]*")
_CUT = 16  # characters: an escape, `false` or a number that the end of a piece cuts is no longer than this


def read(path: Path, name: str) -> Table:
    """The array's objects. Raises Fault, here or while iterating, where the file is not one JSON array."""
    text = _Text(_pieces(path, name), name)
    begin = text.peek()
    if begin != "[":
        text.refuse_start()
    text.take()
    return Table(name, None, _rows(text, name))


def _rows(text: "_Text", name: str) -> Iterator[Row]:
    number = 0
    while text.peek() != "]" or number:
        number += 1
        line = text.line()
        value = text.value(number)
        if not isinstance(value, dict):
            raise Fault(f"{name}, row {number} is {NAMES[type(value)]}, not an object: write it as "
                        "{\"column\": value, …}.")
        yield Row(number, value, line)
        if text.peek() == "]":
            break
        text.take(",")
    text.take("]")
    if text.peek():
        text.refuse("Extra data")


class _Text:
    """The part of a JSON text that is looked at: at most one record and a piece."""

    def __init__(self, pieces: Iterator[str], name: str) -> None:
        self._pieces = pieces
        self._name = name
        self._held = ""
        self._at = 0
        self._lines = 0  # line breaks in what is held no more
        self._counted = 0  # where in what is held line breaks were counted up to
        self._column = 0  # characters since the last of them, in what is held no more

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            blank = _BLANK.match(self._held, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more(1):
                return ""

    def take(self, expected: str = "") -> None:
        """Pass over the next character that is not blank. Fault if it is not `expected`."""
        if expected and self.peek() != expected:
            self.refuse(f"Expecting '{expected}'")
        self._at += 1

    def value(self, number: int) -> Any:
        """The next value. Fault if it is broken, or longer than `LINE`."""
        self.peek()
        while True:
            try:
                value, end = decode(self._held, self._at)
                self._refuse_longer(end - self._at, number)
                self._at = end
                return value
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos >= len(self._held) - _CUT
                held, broken = len(self._held) - self._at, error.pos - self._at
                if cut:
                    self._refuse_longer(held, number)
                if not cut or not self._more(max(held, _PIECE)):
                    self._at += broken
                    self.refuse(error.msg)
            except ValueError as error:
                raise Fault(f"{self._name}, row {number} (line {self.line()}) cannot be used ({error}): "
                            "mend it.") from error

    def _refuse_longer(self, length: int, number: int) -> None:
        if length > LINE:
            raise Fault(f"{self._name}, row {number} (line {self.line()}) is longer than {LINE >> 20} MB: "
                        "split or remove it.")

    def line(self) -> int:
        """The line of the next character."""
        self._lines += self._held.count("\n", self._counted, self._at)
        self._counted = max(self._counted, self._at)
        return self._lines + 1

    def refuse(self, reason: str) -> NoReturn:
        """Fault at this place."""
        line = self.line()
        begins = self._held.rfind("\n", 0, self._at)
        column = self._at - begins if begins >= 0 else self._column + self._at + 1
        hint = ", or name the file .jsonl" if reason == "Extra data" else ""
        raise Fault(f"{self._name}, line {line}, column {column} is not JSON ({reason}): mend it there{hint}.")

    def refuse_start(self) -> NoReturn:
        """Fault for a file that does not begin as an array does."""
        kind = {"{": "an object", '"': "a string", "": "blank"}.get(self.peek(), "not a JSON array")
        told = kind if kind == "not a JSON array" else f"{kind}, not an array"
        raise Fault(f"{self._name} is {told}: write [{{…}}, {{…}}], or name the file .jsonl if it holds one object a "
                    "line.")

    def _more(self, size: int) -> bool:
        """Hold at least `size` characters more, and no longer what lies behind. False at the end."""
        self.line()
        begins = self._held.rfind("\n", 0, self._at)
        self._column = self._at - begins - 1 if begins >= 0 else self._column + self._at
        pieces, got = [self._held[self._at:]], 0
        while got < size and (piece := next(self._pieces, "")):
            pieces.append(piece)
            got += len(piece)
        self._held, self._at, self._counted = "".join(pieces), 0, 0
        return got > 0


def _pieces(path: Path, name: str) -> Iterator[str]:
    """The file's text, a piece at a time. Raises Fault naming the line of a NUL byte or of broken UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    line = 1
    with opened(path, name) as stream:
        raw = stream.read(_PIECE)
        refuse_utf16(raw, name)
        while raw:
            try:
                text = decoder.decode(raw)
            except UnicodeDecodeError as error:
                at = line + error.object.count(b"\n", 0, error.start)
                raise Fault(f"{name}, line {at} is not UTF-8 (byte 0x{error.object[error.start]:02x}, {error.reason}): "
                            "save the file as UTF-8.") from error
            if "\0" in text:
                at = line + text.count("\n", 0, text.index("\0"))
                raise Fault(f"{name}, line {at} holds NUL, which text does not: save the file as UTF-8 text.")
            line += text.count("\n")
            if text:
                yield text
            raw = stream.read(_PIECE)
        if decoder.getstate()[0]:
            raise Fault(f"{name}, line {line} ends in the middle of a character: save the file as UTF-8.")
