"""A stream through the scanner: what comes out is what the whole text would give, however it was cut.

It holds back only what may be part of a value that goes on: mostly one word, and never more than a private key is
long. It fails closed: after an error, or a value that must not pass, it lets nothing through any more.
"""

from collections import Counter

from tunewright.pii.finding import Finding
from tunewright.pii.names import sentence_end
from tunewright.pii.plain import plain
from tunewright.pii.scanner import Scanner
from tunewright.pii.walk import BACK, walk

_OFTEN = 1024
"""Text that is done with is let go in pieces of at least so many characters."""


class Closed(Exception):
    """The stream has failed before and lets nothing through."""


class Stream:
    """One text that comes in pieces. `counts` tells how many findings of each kind it has let out replaced."""

    def __init__(self, scanner: Scanner) -> None:
        self.counts: Counter[str] = Counter()
        self._scanner = scanner
        self._text = ""  # as it came: what was let out is kept as far back as recognisers look
        self._read = ""  # as recognisers read it
        self._found: list[Finding] = []
        self._out = self._walked = self._named = 0
        self._closed = False

    def feed(self, piece: str) -> str:
        """What may be let out now that `piece` has come. Raises Withheld, and Closed ever after."""
        return self._guarded(piece, ended=False)

    def end(self) -> str:
        """What is left, now that nothing more comes."""
        rest = self._guarded("", ended=True)
        self._closed = True
        return rest

    @property
    def held(self) -> int:
        """How many characters are held back."""
        return len(self._text) - self._out

    def _guarded(self, piece: str, *, ended: bool) -> str:
        if self._closed:
            raise Closed("this stream is closed")
        self._closed = True  # until it has gone well
        try:
            self._text += piece
            self._read += plain(piece)
            safe = self._let_out(self._certain(ended=ended))
            self._forget()
        except BaseException:
            self._text, self._read, self._found, self._out = "", "", [], 0
            raise
        self._closed = False
        return safe

    def _certain(self, *, ended: bool) -> int:
        """Look at what can be told; return up to where."""
        at, certain = walk(self._read, self._walked, self._found, self._scanner.asked, ended=ended)
        self._walked = max(at, certain)
        if self._scanner.names is None:
            return certain
        while (end := sentence_end(self._read, self._named, ended=ended)) is not None and end <= certain:
            named = self._scanner.named(self._text, self._named, end, self._found)
            self._found = sorted([*self._found, *named])
            self._named = end
        return self._named

    def _let_out(self, certain: int) -> str:
        pieces = []
        for one in self._found:
            if self._out <= one.start < certain:
                pieces += [self._text[self._out:one.start],
                           self._scanner.instead(one.kind, self._text[one.start:one.end])]
                self._out = one.end
                self.counts[one.kind] += 1
        if certain > self._out:
            pieces.append(self._text[self._out:certain])
            self._out = certain
        return "".join(pieces)

    def _forget(self) -> None:
        """Let go of text that nothing looks back to."""
        done = min(self._out, self._walked, self._named if self._scanner.names else self._walked) - BACK
        if done < _OFTEN:
            return
        self._text, self._read = self._text[done:], self._read[done:]
        self._found = [Finding(one.start - done, one.end - done, one.kind) for one in self._found if one.end > done]
        self._out, self._walked, self._named = self._out - done, self._walked - done, self._named - done
