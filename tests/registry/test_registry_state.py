"""Whatever is added, promoted and rolled back, the registry says what a list in memory would say."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from releases import add_release

from tunewright import registry
from tunewright.core.errors import Fault
from tunewright.core.home import Home

NAMES = st.sampled_from(["desk", "shop"])
NUMBERS = st.integers(1, 5)


class Model:
    """Outcomes by number, a stack of what was live, and every number that ever was."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self.stack: list[int] = []
        self.ever: set[int] = set()

    def status(self, number: int) -> str:
        if self.stack and self.stack[-1] == number:
            return "live"
        if number in self.ever:
            return "retired"
        return "rejected" if self.outcomes[number - 1] == "fail" else "candidate"

    def promote(self, number: int, override: bool) -> bool:
        allowed = (number <= len(self.outcomes) and self.status(number) != "live"
                   and (override or self.outcomes[number - 1] == "pass"))
        if allowed:
            self.stack.append(number)
            self.ever.add(number)
        return allowed

    def rollback(self) -> bool:
        if len(self.stack) < 2:
            return False
        self.stack.pop()
        return True


class Registry(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.home = Home(Path(tempfile.mkdtemp()))
        self.models = {"desk": Model(), "shop": Model()}
        self.seeds = 0

    def teardown(self) -> None:
        shutil.rmtree(self.home.path)

    @rule(name=NAMES, outcome=st.sampled_from(["pass", "pass", "fail", "undecided"]))
    def add(self, name: str, outcome: str) -> None:
        self.seeds += 1
        release = add_release(self.home, name, outcome, str(self.seeds))
        self.models[name].outcomes.append(outcome)
        assert release.number == len(self.models[name].outcomes)

    @rule(name=NAMES, number=NUMBERS, override=st.booleans())
    def promote(self, name: str, number: int, override: bool) -> None:
        allowed = self.models[name].promote(number, override)
        assert self.works(lambda: registry.promote(self.home, f"{name}@{number}", "mira", "better",
                                                   override=override)) == allowed

    @rule(name=NAMES)
    def rollback(self, name: str) -> None:
        allowed = self.models[name].rollback()
        assert self.works(lambda: registry.rollback(self.home, name, "mira", "worse")) == allowed

    @rule(name=NAMES)
    def dry_runs_change_nothing(self, name: str) -> None:
        before = self.home.ledger.head()
        self.works(lambda: registry.promote(self.home, f"{name}@1", "mira", "try", dry_run=True))
        self.works(lambda: registry.rollback(self.home, name, "mira", "try", dry_run=True))
        assert self.home.ledger.head() == before

    @staticmethod
    def works(action) -> bool:
        try:
            action()
        except Fault:
            return False
        return True

    @invariant()
    def the_same_is_live(self) -> None:
        for name, model in self.models.items():
            live = registry.live(self.home, name)
            assert (live.number if live else None) == (model.stack[-1] if model.stack else None)

    @invariant()
    def every_status_agrees(self) -> None:
        said = {(one.name, one.number): one.status for one in registry.status(self.home)}
        assert said == {(name, number): model.status(number) for name, model in self.models.items()
                        for number in range(1, len(model.outcomes) + 1)}

    @invariant()
    def the_chain_is_whole(self) -> None:
        assert list(self.home.ledger.verify()) == []


TestRegistry = Registry.TestCase
TestRegistry.settings = settings(max_examples=25, stateful_step_count=16, deadline=None)
