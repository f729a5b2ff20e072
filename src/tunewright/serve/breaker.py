"""What keeps requests from a release that fails again and again, and retries from making a bad hour worse."""

from time import monotonic

FAILURES = 5
"""Questions in a row that came to nothing, after which a release is left alone."""
PAUSE = 10.0
"""Seconds for which it is; then one request tries it."""
SHARE = 0.1
"""Share of a key's requests that may be tried a second time."""
_BURST = 10.0  # retries that may come at once


class Breaker:
    """Closed while a release answers; open for `PAUSE` seconds after `FAILURES` questions in a row came to nothing;
    then open but for one try.

    It may be what is asked that fails, and not the release. So a question that is asked again counts once, and as long
    as one key's alone have failed, the release is left alone by that key only.
    """

    def __init__(self) -> None:
        self._failed: dict[str, set[str]] = {}
        self._until = 0.0

    def closed(self, key: str) -> bool:
        """Whether a request of this key may go there. One that may while it is open is the try: the next may not."""
        if not self._open(key):
            return True
        if monotonic() < self._until:
            return False
        self._until = monotonic() + PAUSE
        return True

    def ended(self, key: str, question: str, *, well: bool) -> None:
        """Note how the answer to a question (its digest) ended."""
        if well:
            self._failed.clear()
            return
        asked = self._failed.setdefault(key, set())
        if len(asked) < FAILURES:
            asked.add(question)
        if self._open(key):
            self._until = monotonic() + PAUSE

    def _open(self, key: str) -> bool:
        of_several = len(self._failed) > 1
        return (of_several or key in self._failed) and sum(map(len, self._failed.values())) >= FAILURES


class Budget:
    """Retries for a share of each key's requests: what is down for everybody is not asked twice as often, and whoever
    asks what fails uses up nobody else's."""

    def __init__(self) -> None:
        self._left: dict[str, float] = {}

    def asked(self, key: str) -> None:
        """A request came: it earns its share of a retry."""
        self._left[key] = min(_BURST, self._left.get(key, _BURST) + SHARE)

    def take(self, key: str) -> bool:
        """Whether one may be tried again."""
        left = self._left.get(key, _BURST)
        if left < 1:
            return False
        self._left[key] = left - 1
        return True
