"""What may go wrong with a reward, and is said: no number, a model that runs away, says one thing, or cheats."""

import difflib
import math
from collections.abc import Mapping, Sequence

from tunewright.core.errors import Fault
from tunewright.engine.chat import Chat
from tunewright.engine.lines import Line
from tunewright.recipe.objective import PpoSpec
from tunewright.train.objectives import rewards
from tunewright.train.objectives.objective import Judge

RUNAWAY = 4.0
"""So many times the target is a blow-up."""
_FALL = 0.1  # a fall of held-out preference by less is noise, whatever the number of pairs


def judge_of(name: str, chat: Chat) -> Judge:
    """The reward function of that name as a judge. Raises Fault if there is none."""
    if name not in rewards.KINDS:
        close = difflib.get_close_matches(name, rewards.KINDS, n=1)
        hint = f"; did you mean `{close[0]}`?" if close else f": known are model, {', '.join(sorted(rewards.KINDS))}."
        raise Fault(f"train: no reward {name!r}{hint}")
    reward = rewards.KINDS[name]

    def judge(lines: Sequence[Line]) -> list[float]:
        return [float(reward(chat.decode(line.ids[~line.mask].tolist()), chat.decode(line.ids[line.mask].tolist())))
                for line in lines]

    return judge


def finite(worth: Sequence[float], name: str) -> None:
    """Raise Fault if a reward is no number."""
    if not all(map(math.isfinite, worth)):
        wrong = next(value for value in worth if not math.isfinite(value))
        raise Fault(f"train: reward {name} gave {wrong} for an answer, so the run stopped before the weights took "
                    "harm: a reward must be a finite number for every answer, the empty one too.")


def differ(worth: Sequence[float], name: str) -> None:
    """Raise Fault if all answers of the first round are worth the same: nothing could be learned from that."""
    if len(set(worth)) == 1:
        raise Fault(f"train: reward {name} gave {worth[0]:g} to every answer of the first round, so there is nothing "
                    "to learn from: begin with a phase that answers better, draw more answers, or take a finer reward.")


def watch(now: Mapping[str, float], first: Mapping[str, float], spec: PpoSpec, pairs: int) -> None:
    """Raise Fault if a round shows that training has gone wrong; `first` are the figures of the first round."""
    kept = "so the run stopped; the last checkpoint stays"
    if now["kl"] > RUNAWAY * spec.kl_target:
        raise Fault(f"train: the model has run away from where it began, {now['kl']:.3g} nats an answer where "
                    f"{spec.kl_target:g} are aimed at, {kept}: lower learning_rate, or raise ppo.kl_weight.")
    if now["entropy"] < spec.entropy_floor:
        raise Fault(f"train: the model has come to say one thing only (entropy {now['entropy']:.2g} nats, floor "
                    f"{spec.entropy_floor:g}), {kept}: lower learning_rate, raise ppo.kl_weight, or lower "
                    "ppo.entropy_floor.")
    if "held_preference" in now and now["reward"] > first["reward"]:
        before = first["held_preference"]
        noise = 2 * math.sqrt(before * (1 - before) / pairs)
        if now["held_preference"] < before - max(_FALL, noise):
            raise Fault(f"train: the reward rose from {first['reward']:.3g} to {now['reward']:.3g} while the share of "
                        f"held-out pairs told apart fell from {before:.0%} to {now['held_preference']:.0%}: the model "
                        f"cheats the reward, {kept}: mend the reward, raise ppo.kl_weight, or take fewer rounds.")
