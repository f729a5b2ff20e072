"""What keeps requests from a release that fails again and again, and retries from making a bad hour worse."""

from time import monotonic

FAILURES = 5
"""Failures in a row after which a release is left alone."""
PAUSE = 10.0
"""Seconds for which it is; then one request tries it."""
SHARE = 0.1
"""Share of requests that may be tried a second time."""
_BURST = 10.0  # retries that may come at once


class Breaker:
    """Closed while a release answers; open for `PAUSE` seconds after `FAILURES` in a row; then open but for one try."""

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0

    @property
    def closed(self) -> bool:
        """Whether a request may go there. One that may while it is open is the try: the next one may not."""
        if self._failures < FAILURES:
            return True
        if monotonic() < self._until:
            return False
        self._until = monotonic() + PAUSE
        return True

    def ended(self, *, well: bool) -> None:
        """Note how an answer ended."""
        self._failures = 0 if well else self._failures + 1
        if self._failures >= FAILURES:
            self._until = monotonic() + PAUSE


class Budget:
    """Retries for a share of requests: what is down for everybody is not asked twice as often."""

    def __init__(self) -> None:
        self._left = _BURST

    def asked(self) -> None:
        """A request came: it earns its share of a retry."""
        self._left = min(_BURST, self._left + SHARE)

    def take(self) -> bool:
        """Whether one may be tried again."""
        if self._left < 1:
            return False
        self._left -= 1
        return True
