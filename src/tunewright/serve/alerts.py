"""Alerts: figures of live traffic that leave their bounds are told to a webhook, once when they leave and once when
they are back.

Gateways look every `PAUSE` seconds at the traffic of the rule's window. `quality` and `drift` are what the monitor told
the ledger; the others are counted here.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tunewright.core.ledger import Entry
from tunewright.core.run import Say
from tunewright.recipe.alert import AlertSpec

INCIDENT, DRIFT = "incident", "drift"
"""The ledger's actions: a canary was taken away by the monitor; what is asked or answered has moved."""
PAUSE = 5.0
_MOST = 20_000  # answers kept for the windows
Tell = Callable[[str, Mapping[str, Any]], Awaitable[None]]


@dataclass
class Watched:
    """The answers of late (when each ended, its status and its seconds), and other figures of `names` (all, if none
    is named). `used` tells the largest part of a budget that is used up, which falls when a month begins."""

    names: Collection[str] = ()
    used: Callable[[], float | None] = lambda: None
    answers: deque[tuple[float, int, float]] = field(default_factory=lambda: deque(maxlen=_MOST))
    figures: dict[str, float] = field(default_factory=dict)
    _moved: dict[str, float] = field(default_factory=dict)
    _lost: dict[str, float] = field(default_factory=dict)

    def take(self, entries: Iterable[Entry]) -> None:
        """Take in what the ledger tells of the names. `drift` is the largest size of what moved, 0 from the next live
        release on; `quality` is 1 less the most that a canary which was taken away lost, until another one begins."""
        for entry in entries:
            name = entry.subject.partition("@")[0]
            if self.names and name not in self.names:
                continue
            if entry.action == DRIFT:
                self._moved[name] = max(one["size"] for one in entry.data["evidence"])
            elif entry.action == INCIDENT:
                self._lost[name] = max(-one["value"] for one in entry.data["evidence"] if one["answer"] == "fail")
            elif entry.action in ("promote", "rollback"):
                self._moved[name] = self._lost[name] = 0.0
            elif entry.action == "canary":
                self._lost[name] = 0.0
        self.figures |= {"drift": max(self._moved.values(), default=0.0),
                         "quality": 1.0 - max(self._lost.values(), default=0.0)}

    def value(self, rule: AlertSpec, now: float) -> float | None:
        """The figure that a rule is about; None if there is nothing to judge."""
        if rule.when == "budget":
            return self.used()
        if rule.when in ("quality", "drift"):
            return self.figures.get(rule.when)
        recent = [(status, seconds) for ended, status, seconds in self.answers if ended > now - rule.window]
        if len(recent) < rule.answers:
            return None
        if rule.when == "errors":
            return sum(status >= 500 for status, _ in recent) / len(recent)
        ordered = sorted(seconds for _, seconds in recent)
        return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


class Alerts:
    """The rules of one gateway, and which of them are told of."""

    def __init__(self, rules: Sequence[AlertSpec], say: Say, tell: Tell | None = None,
                 names: Collection[str] = (), used: Callable[[], float | None] = lambda: None) -> None:
        self.watched = Watched(names, used)
        self._rules = rules
        self._say = say
        self._tell = tell or post
        self._out: set[int] = set()

    async def keep(self) -> None:
        """Look for ever, if there is a rule."""
        while self._rules:
            await asyncio.sleep(PAUSE)
            await self.look(time.time())

    async def look(self, now: float) -> None:
        """Tell of every rule that has come to be broken, or to hold again."""
        for number, rule in enumerate(self._rules):
            value = self.watched.value(rule, now)
            broken = value is not None and (value < rule.bound if rule.when == "quality" else value > rule.bound)
            if value is None or broken == (number in self._out):
                continue
            (self._out.add if broken else self._out.discard)(number)
            state = "firing" if broken else "resolved"
            side = "below" if rule.when == "quality" else "above"
            self._say("alert", f"{rule.when} is {value:.4g}, {'' if broken else 'no longer '}{side} {rule.bound:g}")
            if rule.webhook:
                try:
                    await self._tell(os.environ[rule.webhook], {"alert": rule.when, "state": state, "value": value,
                                                    "bound": rule.bound, "at": now})
                except Exception as error:  # noqa: BLE001 - whatever ails the webhook, answers go on
                    self._say("alert", f"the webhook in {rule.webhook} could not be told ({type(error).__name__})")


async def post(url: str, body: Mapping[str, Any]) -> None:
    """Post JSON; raises httpx.HTTPError if that fails."""
    import httpx

    async with httpx.AsyncClient(timeout=10) as client:
        (await client.post(url, json=dict(body))).raise_for_status()
