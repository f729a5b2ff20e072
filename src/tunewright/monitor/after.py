"""After a release is live: drift is told in the ledger, and the recipe is run again where that is asked for."""

import os
import subprocess
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tunewright import registry
from tunewright.core.command import command
from tunewright.core.home import Home
from tunewright.core.ledger import Entry
from tunewright.core.run import Say, silent
from tunewright.monitor.drift import Alarm, Drift
from tunewright.monitor.embeddings import Embeddings
from tunewright.monitor.judgements import Judges
from tunewright.monitor.sampled import Sampled
from tunewright.monitor.tail import Tail
from tunewright.recipe import Recipe
from tunewright.recipe.serve import PolicySpec
from tunewright.serve.alerts import DRIFT

RETRAIN = "retrain"
"""The ledger's action: the recipe's run was started, and why."""
_DAYS = {"d": 1, "m": 30, "y": 365}


class After:
    """One name's live release. `recipe` is the file that is run again; without one it is only told that it should."""

    def __init__(self, home: Home, name: str, by: str, recipe: Path | None = None, say: Say = silent,
                 judges: Judges | None = None) -> None:
        self._home, self._name, self._by, self._recipe, self._say = home, name, by, recipe, say
        self._judges = judges or Judges(home, by, say)
        self._live: tuple[int, str] | None = None
        self._embeddings: Embeddings | None = None
        self._told = False
        self._running: subprocess.Popen[bytes] | None = None

    def look(self) -> list[Alarm]:
        """Take in what came since; tell what moved; start the recipe's run if an alarm or the calendar wants it."""
        known = registry.fold(self._home).of(self._name)
        if known.live is None:
            return []
        live = (known.live, known.live_at[known.live])
        reference = f"{self._name}@{known.live}"
        if live != self._live:
            self._begin(reference, live)
        alarms = self._take(reference)
        if alarms and not self._told:
            self._told = True
            why = "; ".join(f"{one.kind} moved by {one.size:.2f} ({one.most:g} is borne)" for one in alarms)
            self._say("drift", f"{reference}: {why}")
            self._home.ledger.append(DRIFT, reference, by=self._by, why=why, data={
                "name": self._name, "number": known.live, "live_at": live[1], "window": self._drift.looks,
                "evidence": [asdict(one) for one in alarms]})
            if self._spec.on_drift == "retrain":
                self._retrain(reference, f"drift: {why}")
        if self._due(known.standing(known.live).added_at):
            self._retrain(reference, f"the live release is older than {self._spec.every}")
        return alarms

    def _begin(self, reference: str, live: tuple[int, str]) -> None:
        """Read the trail from the time on that this release is live."""
        release = registry.resolve(self._home, reference)
        recipe = Recipe.model_validate(self._home.store.get_json(release.recipe))
        self._spec = recipe.monitor
        self._drift, self._tail = Drift(self._spec.drift.window), Tail(self._home, live[1], self._say)
        judge = self._spec.judge
        self._sampled = Sampled(self._home, judge, self._judges, self._say) if judge else None
        if self._embeddings:
            self._embeddings.end()
        self._embeddings = self._encoder(reference, live, recipe.serve.policy)
        self._live = live
        self._told = any(entry.data["live_at"] == live[1] for entry in self._entries(DRIFT, reference))

    def _encoder(self, reference: str, live: tuple[int, str], policy: PolicySpec) -> Embeddings | None:
        """Who is asked for embeddings, if the recipe names somebody and there is text to show."""
        encoder = self._spec.drift.encoder
        if isinstance(encoder, str):
            return None
        if policy.audit != "text":
            self._say("monitor", f"{reference}: the encoder is not asked, since `serve.policy.audit` keeps no text")
            return None
        return Embeddings(self._home, self._name, live, encoder, policy.retention, self._say)

    def _take(self, reference: str) -> list[Alarm]:
        """What came. What had been said of an answer before counts beside it: a trail read again tells the same."""
        alarms: list[Alarm] = []
        for record in self._tail.new():
            if record["release"] != reference or record.get("shadow_of"):
                continue
            if self._sampled and "feedback" not in record:
                self._drift.judged(self._sampled.take(record))
            if self._embeddings and "feedback" not in record:
                self._drift.embedded(self._embeddings.take(record, self._drift.early))
            alarms += self._drift.take([record])
        if self._sampled:
            self._drift.judged(self._sampled.judged())
        if self._embeddings:
            self._drift.embedded(self._embeddings.found())
        return alarms

    def _due(self, added: str) -> bool:
        """Whether the calendar wants a new run, and none was started for this release yet."""
        if self._spec.every is None:
            return False
        days = int(self._spec.every[:-1]) * _DAYS[self._spec.every[-1]]
        return datetime.now(UTC) - datetime.fromisoformat(added) > timedelta(days=days)

    def _retrain(self, reference: str, why: str) -> None:
        """Start the recipe's run in a process of its own, once for each live release; its gate judges it like any."""
        assert self._live is not None
        if any(entry.data["live_at"] == self._live[1] for entry in self._entries(RETRAIN, reference)):
            return
        said = f"{why}: " + (f"{self._recipe} is run" if self._recipe else "run its recipe again")
        self._say("retrain", f"{reference}: {said}")
        self._home.ledger.append(RETRAIN, reference, by=self._by, why=said, data={
            "name": self._name, "number": self._live[0], "live_at": self._live[1], "started": self._recipe is not None})
        if self._recipe:
            words = ["run", str(self._recipe), "--home", str(self._home.path), "--by", self._by]
            self._running = subprocess.Popen(command(*words), stdin=subprocess.DEVNULL,
                                             env={**os.environ, "NO_COLOR": "1"})

    def settle(self) -> bool:
        """Wait until the encoder has answered or failed; whether anything has come from it since the last time."""
        return self._embeddings is not None and self._embeddings.settle()

    def wait(self) -> int | None:
        """The exit code of the run that was started, when it has ended; None if none was."""
        return self._running.wait() if self._running else None

    def _entries(self, action: str, reference: str) -> list[Entry]:
        return list(self._home.ledger.entries(action=action, subject=reference))

