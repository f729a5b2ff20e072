"""From token ids to text, as they come: whole characters only, and nothing that may yet become a stop string."""

from collections.abc import Callable


class Text:
    """The growing text of one answer.

    `decode` turns ids into text. Tokens are decoded together with the ones before, since some decoders put a space
    between two tokens only when they see both; a trailing replacement character is half a character: we wait.
    """

    def __init__(self, decode: Callable[[list[int]], str], stop: tuple[str, ...] = ()) -> None:
        self._decode = decode
        self._stop = stop
        self._ids: list[int] = []
        self._from = 0
        self._read = 0
        self._known = ""  # text of the ids between `_from` and `_read`
        self._taken = 0
        self.whole = ""
        self.stopped = False

    def push(self, token: int) -> None:
        """Add one token. Sets `stopped`, and cuts the text, when a stop string is complete."""
        self._ids.append(token)
        grown = self._grown()
        if grown and not grown.endswith("\ufffd"):
            self._from, self._read = self._read, len(self._ids)
            self._known = self._decode(self._ids[self._from:])
            self._add(grown)

    def end(self) -> None:
        """No more tokens: what was held back is text now."""
        if not self.stopped:
            self._add(self._grown())
        self._stop = ()

    def take(self) -> str:
        """The text that is certain and was not taken yet."""
        upto = len(self.whole) - (0 if self.stopped else self._held_back())
        piece = self.whole[self._taken:upto]
        self._taken = max(self._taken, upto)
        return piece

    def _grown(self) -> str:
        return self._decode(self._ids[self._from:])[len(self._known):]

    def _add(self, grown: str) -> None:
        self.whole += grown
        found = [at for at in map(self.whole.find, self._stop) if at >= 0]
        if found:
            self.whole = self.whole[:min(found)]
            self.stopped = True

    def _held_back(self) -> int:
        """Length of the longest ending that is the beginning of a stop string."""
        longest = max((len(stop) - 1 for stop in self._stop), default=0)
        for length in range(min(longest, len(self.whole)), 0, -1):
            if any(stop.startswith(self.whole[-length:]) for stop in self._stop):
                return length
        return 0
