"""Watching a name's canary and shadows: read what came, judge, and write what follows into the ledger."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from tunewright import registry
from tunewright.core.errors import Conflict
from tunewright.core.home import Home
from tunewright.core.run import Say, silent
from tunewright.lineage import WATCHED
from tunewright.monitor import evidence
from tunewright.monitor.judge import Judged, Window, agreed, judge
from tunewright.monitor.judgements import Judges
from tunewright.monitor.kept import Kept
from tunewright.monitor.outcome import of_record
from tunewright.monitor.sampled import Sampled
from tunewright.monitor.steps import Step, step
from tunewright.monitor.tail import Tail
from tunewright.monitor.traffic import Traffic
from tunewright.recipe import MonitorSpec, Recipe
from tunewright.recipe.monitor import WatchSpec
from tunewright.registry import Arm, Name
from tunewright.serve.alerts import INCIDENT

AGREED = WatchSpec(metric="agreement", at_least=0.9)
"""What a shadow is told by where its recipe has no rule on agreement."""


class Watch:
    """One name's watch. `look` is called again and again; what it knows can be read anew from the audit trail."""

    def __init__(self, home: Home, name: str, by: str, say: Say = silent, judges: Judges | None = None) -> None:
        self._home, self._name, self._by, self._say = home, name, by, say
        self._judges = judges or Judges(home, by, say)
        self._watched: tuple[object, ...] = ()
        self._arm: Arm | None = None
        self._since = ""  # when the canary came to the share it has
        self._told: dict[str, str] = {}
        self._sampled: Sampled | None = None
        self.state: dict[str, Any] = {"name": name, "live": None, "canary": None, "shadows": []}

    def look(self) -> Step | None:
        """Take in what came since, judge, and act if the recipe lets it; None while there is no canary."""
        known = registry.fold(self._home).of(self._name)
        arm = next((one for one in known.arms.values() if not one.shadow), None)
        live = None if known.live is None else f"{self._name}@{known.live}"
        self.state = {"name": self._name, "live": live, "canary": None, "shadows": []}
        if live is None or not known.arms:
            self._watched, self._arm = (), None
            return None
        self._begin(known, arm)
        canary = f"{self._name}@{arm.number}" if arm else ""
        spec = self._spec(arm or next(iter(known.arms.values())))
        self._take(canary, arm.since if arm else "", spec)
        self.state["shadows"] = [self._shadow(one) for one in known.arms.values() if one.shadow]
        if arm is None:
            return None
        judged = judge(self._window, canary, live, spec.rules)
        taken = step(spec, arm.share, self._answers, judged)
        self._state(arm, taken, judged, canary, live)
        self._tell(canary, taken)
        if spec.act and taken.move != "hold":
            self._act(arm, canary, live, taken)
        return taken

    def _begin(self, known: Name, arm: Arm | None) -> None:
        """Read the trail anew when another canary or live release is watched; count anew at another share."""
        assert known.live is not None
        since = known.live_at[known.live]
        watched = (known.live, since, arm and (arm.number, arm.since))
        if watched != self._watched:
            self._watched, self._window, self._kept = watched, Window(), Kept()
            self._traffic: dict[str, Traffic] = defaultdict(Traffic)
            self._tail, self._answers = Tail(self._home, since, self._say), 0
            spec = self._spec(arm).judge if arm else None
            self._sampled = Sampled(self._home, spec, self._judges, self._say) if spec else None
        if self._arm != arm:
            self._arm, self._answers = arm, 0
            self._since = known.entries[-1].at

    def _take(self, canary: str, since: str, spec: MonitorSpec) -> None:
        """What came: of shadows all since the live release is live, else all since the canary began."""
        for record in self._tail.new():
            if record["release"].partition("@")[0] != self._name:
                continue
            if record.get("shadow_of"):
                self._window.take(of_record(record, spec.slow))
            elif canary and record["at"] >= since:
                self._window.take(of_record(record, spec.slow))
                self._kept.take(record)
                if self._kept.full():
                    self._window.take(self._kept.over())
                if "feedback" in record:
                    continue
                if record["status"] == 200:
                    self._traffic[record["release"]].take(record)
                if self._sampled:
                    self._window.take(self._sampled.take(record))
                self._answers += record["release"] == canary and record["at"] >= self._since
        self._window.take(self._kept.over())
        if self._sampled:
            self._window.take(self._sampled.judged())

    def _spec(self, arm: Arm) -> MonitorSpec:
        release = registry.resolve(self._home, f"{self._name}@{arm.number}")
        return Recipe.model_validate(self._home.store.get_json(release.recipe)).monitor

    def _shadow(self, arm: Arm) -> dict[str, Any]:
        """A shadow's agreement, told and as state; it stays a shadow, since nobody gets its answers."""
        reference = f"{self._name}@{arm.number}"
        rule = next((one for one in self._spec(arm).rules if one.metric == "agreement"), AGREED)
        found = agreed(self._window, reference, rule)
        self._say_new(reference, f"{reference} as shadow: {found.answer}, {found.sentence}")
        return {"release": reference, "share": arm.share, "at_least": rule.at_least, **evidence.of_rule(found)}

    def _state(self, arm: Arm, taken: Step, judged: Sequence[Judged], canary: str, live: str) -> None:
        self.state["canary"] = {
            "release": canary, "share": arm.share, "move": taken.move, "to": taken.share, "why": taken.why,
            "evidence": [evidence.of_rule(one) for one in judged],
            "traffic": {one: self._traffic[one].told() for one in (canary, live)}}

    def _act(self, arm: Arm, canary: str, live: str, taken: Step) -> None:
        """Write the step. A person who wrote first is right: the next look sees what they did."""
        data: dict[str, Any] = {key: self.state["canary"][key] for key in ("evidence", "traffic")}
        kept = evidence.keep(self._home, canary, live, arm.share, taken, rules=data["evidence"],
                             traffic=data["traffic"])
        data[WATCHED] = kept.digest
        try:
            if taken.move == "abort":
                registry.abort(self._home, self._name, self._by, taken.why, arm=arm.name, data=data)
                self._home.ledger.append(INCIDENT, canary, by=self._by, why=taken.why, data={
                    "name": self._name, "number": arm.number, "release": kept.release, "share": arm.share, **data})
            elif taken.move == "grow":
                registry.canary(self._home, canary, taken.share, self._by, taken.why, arm=arm.name, override=True,
                                data=data)
            else:
                registry.promote(self._home, canary, self._by, taken.why, override=True, data=data)
        except Conflict as conflict:
            self._say("monitor", str(conflict))

    def _tell(self, canary: str, taken: Step) -> None:
        words = {"hold": "stays as it is", "grow": f"grows to {100 * taken.share:.4g} %", "live": "becomes live",
                 "abort": "is taken away"}
        self._say_new(canary, f"{canary} {words[taken.move]}: {taken.why}")

    def _say_new(self, reference: str, said: str) -> None:
        """Say what is new."""
        if self._told.get(reference) != said:
            self._told[reference] = said
            self._say("monitor", said)
