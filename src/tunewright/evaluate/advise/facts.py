"""Facts: all that advice rests on, measured or told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tunewright.recipe.advise import AdviseSpec

Stands = Literal["reaches", "misses", "open"]


@dataclass(frozen=True)
class Standing:
    """How an arm stands to the gate's bounds on the task: it `reaches` all of them, `misses` one, or the data cannot
    tell (`open`). `told` is its figure with the interval. `seconds` are those that 95 % of its answers take at most,
    `cost` is that of 1,000 answers; None if unknown."""

    arm: str
    stands: Stands
    told: str
    seconds: float | None = None
    cost: float | None = None

    @property
    def outside(self) -> bool:
        """Whether prompts leave our machines."""
        return self.arm == "endpoint"


@dataclass(frozen=True)
class Facts:
    """`arms` are those that need no training, in the order in which they would be preferred; `bounds` what the gate
    asks of the task, in words. `examples` are the training records, `distinct` the different answers among them,
    `left_out` the share of records that were no use (refused, said twice, leaked, or of too little quality), `held_out`
    the items that the arms answered."""

    spec: AdviseSpec
    bounds: tuple[str, ...]
    arms: tuple[Standing, ...]
    examples: int
    distinct: int
    left_out: float
    held_out: int

    @property
    def by_arm(self) -> Mapping[str, Standing]:
        """The arms by their names."""
        return {one.arm: one for one in self.arms}

    def against(self, arm: Standing) -> str:
        """Why an arm cannot be used, whatever it reaches; empty if nothing speaks against it."""
        spec = self.spec
        if arm.outside and spec.private:
            return "prompts must not leave"
        if spec.latency is not None and arm.seconds is not None and arm.seconds > spec.latency:
            return f"95 % of its answers take up to {arm.seconds:.2g} s, and {spec.latency:g} s is the limit"
        if spec.cost is not None and arm.cost is not None and arm.cost > spec.cost:
            return f"1,000 answers cost {arm.cost:.2g}, and {spec.cost:g} is the limit"
        return ""
