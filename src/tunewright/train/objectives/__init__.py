"""What is optimised: `encode` turns examples into rows, `loss` rows into a number."""

from collections.abc import Callable

from tunewright.engine.chat import Chat
from tunewright.recipe import PhaseSpec
from tunewright.train.objectives.dpo import Dpo
from tunewright.train.objectives.objective import Judge, Keep, Objective, Row, make_anew
from tunewright.train.objectives.ppo import Ppo
from tunewright.train.objectives.pretrain import Pretrain
from tunewright.train.objectives.reward import Reward
from tunewright.train.objectives.sft import Sft

KINDS: dict[str, Callable[[Chat, PhaseSpec], Objective]] = {
    "pretrain": Pretrain, "sft": Sft, "dpo": Dpo, "reward": Reward, "ppo": Ppo}

__all__ = ["KINDS", "Judge", "Keep", "Objective", "Row", "make_anew"]
