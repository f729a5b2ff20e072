"""Watching a name's canary: read what came, judge, and write what follows into the ledger."""

from dataclasses import asdict
from typing import Any

from tunewright import registry
from tunewright.core.errors import Conflict
from tunewright.core.home import Home
from tunewright.core.run import Say, silent
from tunewright.monitor.judge import Judged, Window, judge
from tunewright.monitor.outcome import of_record
from tunewright.monitor.steps import Step, step
from tunewright.monitor.tail import Tail
from tunewright.recipe import MonitorSpec, Recipe
from tunewright.registry import Arm

INCIDENT = "incident"
"""The ledger's action for a canary that was taken away by the monitor, with the evidence."""


class Watch:
    """One name's watch. `look` is called again and again; what it knows can be read anew from the audit trail."""

    def __init__(self, home: Home, name: str, by: str, say: Say = silent) -> None:
        self._home, self._name, self._by, self._say = home, name, by, say
        self._arm: Arm | None = None
        self._window, self._tail = Window(), Tail(home.path / "audit", "")
        self._since = ""  # when the canary came to the share it has
        self._answers = 0
        self._told = ""

    def look(self) -> Step | None:
        """Take in what came since, judge, and act if the recipe lets it; None while there is no canary."""
        known = registry.fold(self._home).of(self._name)
        arm = next((one for one in known.arms.values() if not one.shadow), None)
        if arm is None or known.live is None:
            self._arm = None
            return None
        canary, live = f"{self._name}@{arm.number}", f"{self._name}@{known.live}"
        if self._arm is None or (self._arm.number, self._arm.since) != (arm.number, arm.since):
            self._window, self._tail = Window(), Tail(self._home.path / "audit", arm.since)
        if self._arm != arm:
            self._arm, self._answers = arm, 0
            self._since = known.entries[-1].at
        spec = self._spec(arm)
        for record in self._tail.new():
            self._window.take(of_record(record, spec.slow))
            if record["release"] == canary and "feedback" not in record and record["at"] >= self._since:
                self._answers += 1
        judged = judge(self._window, canary, live, spec.rules)
        taken = step(spec, arm.share, self._answers, judged)
        self._tell(canary, taken)
        if spec.act and taken.move != "hold":
            self._act(arm, canary, taken, judged)
        return taken

    def _spec(self, arm: Arm) -> MonitorSpec:
        release = registry.resolve(self._home, f"{self._name}@{arm.number}")
        return Recipe.model_validate(self._home.store.get_json(release.recipe)).monitor

    def _act(self, arm: Arm, canary: str, taken: Step, judged: list[Judged]) -> None:
        """Write the step. A person who wrote first is right: the next look sees what they did."""
        try:
            if taken.move == "abort":
                evidence = [_evidence(one) for one in judged]
                registry.abort(self._home, self._name, self._by, taken.why, arm=arm.name, data={"evidence": evidence})
                self._home.ledger.append(INCIDENT, canary, by=self._by, why=taken.why, data={
                    "name": self._name, "number": arm.number, "share": arm.share, "evidence": evidence})
            elif taken.move == "grow":
                registry.canary(self._home, canary, taken.share, self._by, taken.why, arm=arm.name, override=True)
            else:
                registry.promote(self._home, canary, self._by, taken.why, override=True)
        except Conflict as conflict:
            self._say("monitor", str(conflict))

    def _tell(self, canary: str, taken: Step) -> None:
        """Say what is new."""
        words = {"hold": "stays as it is", "grow": f"grows to {100 * taken.share:.4g} %", "live": "becomes live",
                 "abort": "is taken away"}
        said = f"{canary} {words[taken.move]}: {taken.why}"
        if said != self._told:
            self._told = said
            self._say("monitor", said)


def _evidence(one: Judged) -> dict[str, Any]:
    return {"metric": one.metric, "answer": one.answer, **asdict(one.found)}
