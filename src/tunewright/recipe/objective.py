"""What a phase optimises."""

from typing import Annotated, Literal

from pydantic import Field

from tunewright.recipe.spec import Positive, Spec

Shape = Literal["conversations", "text", "preferences"]
SHAPES: dict[str, tuple[Shape, ...]] = {"pretrain": ("text",), "sft": ("conversations",), "dpo": ("preferences",),
                                        "reward": ("preferences",), "ppo": ("conversations", "preferences")}
"""The shapes of example that each objective learns from."""

_Above = Annotated[float, Field(gt=0)]
_Share = Annotated[float, Field(ge=0, le=1)]


class PpoSpec(Spec):
    """Settings of objective `ppo`: rounds of answers, each followed by some passes over them."""

    reward: str = "model"
    """What an answer is worth: `model`, the reward phase before, or one of the functions in
    `train/objectives/rewards.py`: `brief`, `json`."""
    rounds: Positive = 20
    """How often answers are drawn; `steps` and `epochs` do not count here."""
    answers: Positive = 64
    """Answers drawn in a round, each to a prompt of its own."""
    passes: Positive = 2
    """How often the answers of a round are learned from."""
    new_tokens: Positive = 64
    """Longest answer, in tokens."""
    kl_target: _Above = 6.0
    """Divergence from the model at the start that is aimed at, in nats an answer; the run stops at four times this."""
    kl_weight: _Above = 0.05
    """Price of one nat of divergence at the start, in units of reward; it adapts to hold the target."""
    entropy_floor: Annotated[float, Field(ge=0)] = 0.001
    """The run stops when the mean entropy of the next token falls below this, in nats."""
    discount: _Share = 1.0
    """Discount of a reward, a token."""
    trace: _Share = 0.95
    """λ of the generalised advantage estimate."""
    clip_ratio: _Above = 0.2
    """How far a token's probability may move in a round before it gains nothing, a share."""
    clip_value: _Above = 0.2
    """How far a value may move in a round before it gains nothing, in units of reward."""
    value_weight: Annotated[float, Field(ge=0)] = 0.5
    """Weight of the value loss beside the policy loss."""


class ObjectiveSpec(Spec):
    """An objective and its settings."""

    objective: Literal["pretrain", "sft", "dpo", "reward", "ppo"] = "sft"
    """What is optimised: `pretrain`, every token of raw text; `sft`, the assistant's turns; `dpo`, preferences
    directly; `reward`, a model of preferences; `ppo`, a reward on the model's own answers."""
    length: Positive = 1024
    """Longest record in tokens; raw text is cut into pieces of so many."""
    overlong: Literal["cut", "refuse"] = "cut"
    """What becomes of a longer record: `cut` at its end, and counted, or the whole run is refused."""
    turns: Literal["all", "last"] = "all"
    """Which assistant turns are learned."""
    preference: Literal["sigmoid", "ipo"] = "sigmoid"
    """Loss of `dpo` on a pair's margin: `sigmoid`, -ln σ(β·margin), or `ipo`, (margin - 1/2β)²."""
    beta: _Above = 0.1
    """How strongly `dpo` holds on to the model at the start: β of the loss."""
    per_token: bool = False
    """Whether `dpo` divides each answer's log-probability by its length, so that longer is not better."""
    ppo: PpoSpec = PpoSpec()
    """Settings of objective `ppo`."""

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes of example that the objective learns from."""
        return SHAPES[self.objective]
