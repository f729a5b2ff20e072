"""What each key may ask in a minute, and how many requests may be under way or wait. Nothing ever piles up."""

import asyncio
from collections import deque
from time import monotonic

from tunewright.recipe.serve import LimitsSpec
from tunewright.serve.keys import Key
from tunewright.serve.problems import Problem


class Bucket:
    """So many a minute, at an even pace after a first burst of a minute's worth. `left` may fall below zero."""

    __slots__ = ("_at", "left", "most", "rate")

    def __init__(self, a_minute: int, now: float) -> None:
        self.rate = a_minute / 60
        self.most = self.left = float(a_minute)
        self._at = now

    def wait(self, needed: float, now: float) -> float:
        """Seconds until `needed` are there; 0 if they are."""
        self.left = min(self.most, self.left + (now - self._at) * self.rate)
        self._at = now
        return max(0.0, (needed - self.left) / self.rate)


class Rates:
    """The buckets of every key of this gateway."""

    def __init__(self) -> None:
        self._requests: dict[str, Bucket] = {}
        self._tokens: dict[str, Bucket] = {}

    def admit(self, key: Key) -> None:
        """Take one request from the key's minute. Raises Problem (429) if it is used up, or its tokens are."""
        now = monotonic()
        if key.tokens:
            bucket = self._tokens.get(key.id) or self._tokens.setdefault(key.id, Bucket(key.tokens, now))
            if wait := bucket.wait(1.0, now):
                raise _used_up(f"{key.tokens:,} tokens", wait)
        if key.requests:
            bucket = self._requests.get(key.id) or self._requests.setdefault(key.id, Bucket(key.requests, now))
            if wait := bucket.wait(1.0, now):
                raise _used_up(f"{key.requests:,} requests", wait)
            bucket.left -= 1

    def spent(self, key: Key, tokens: int) -> None:
        """Take an answer's tokens, which are known only at its end: the next request may have to wait for them."""
        if key.tokens and key.id in self._tokens:
            self._tokens[key.id].left -= tokens


def _used_up(what: str, wait: float) -> Problem:
    return Problem(429, f"this key may use {what} a minute: ask again in {wait:.0f} s.", code="rate_limit_exceeded",
                   retry_after=wait)


class Places:
    """Places for answers under way, and a short queue before them, first come, first served."""

    def __init__(self, spec: LimitsSpec) -> None:
        self._spec = spec
        self._queue: deque[asyncio.Future[None]] = deque()
        self._mean = 1.0  # seconds that an answer took of late
        self.taken = 0

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return len(self._queue)

    async def take(self) -> None:
        """A place, at once or after a wait. Raises Problem (429) if the queue is full, or the wait is too long."""
        if self.taken < self._spec.concurrency:
            self.taken += 1
            return
        if len(self._queue) >= self._spec.queue:
            raise self._busy()
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(place)
        try:
            async with asyncio.timeout(self._spec.wait):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled():
                self.free(self._mean)  # it was given at the very moment we gave up: it goes to the next
            elif place in self._queue:
                self._queue.remove(place)
            if isinstance(error, TimeoutError):
                raise self._busy() from None
            raise

    def free(self, seconds: float) -> None:
        """Give a place back after so many seconds: to the one who waits longest, if anybody does."""
        self._mean += 0.05 * (seconds - self._mean)
        while self._queue:
            place = self._queue.popleft()
            if not place.done():
                place.set_result(None)
                return
        self.taken -= 1

    def _busy(self) -> Problem:
        turn = self._mean * (len(self._queue) + 1) / self._spec.concurrency
        return Problem(429, "the gateway is busy: ask again a little later.", code="busy",
                       retry_after=min(60.0, turn))
