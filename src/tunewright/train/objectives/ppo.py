"""Proximal policy optimisation: the model answers, a reward says what the answers are worth, and it learns from that.

A round draws answers, values every token of them, and is learned from in a few passes of the ordinary loop. What
keeps the model near where it began is a price on its divergence, which adapts to a target (Schulman et al., 2017;
Ziegler et al., 2019).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from tunewright.core.examples import Example
from tunewright.engine.chat import Chat
from tunewright.engine.lines import Line, nats
from tunewright.engine.states import scored_states
from tunewright.recipe import PhaseSpec
from tunewright.train.objectives import guard, heads, pairs
from tunewright.train.objectives.advantage import advantages, whitened
from tunewright.train.objectives.draws import draw
from tunewright.train.objectives.objective import Judge, Keep, Objective, Row

HEAD = "value"


@dataclass(frozen=True)
class View:
    """What the policy says of every scored token: -ln p, the entropy there, and the value; each (scored,)."""

    nats: Tensor
    entropy: Tensor
    values: Tensor


class Ppo(Objective):
    """Learn from a reward on the model's own answers."""

    head: torch.nn.Linear
    judge: Judge
    prompts: list[Row]
    held: list[Row]
    began: dict[str, Tensor]
    first: dict[str, float]

    def __init__(self, chat: Chat, phase: PhaseSpec) -> None:
        self.chat = chat
        self.spec = phase.ppo
        a_round = self.spec.passes * math.ceil(self.spec.answers / phase.batch)
        # A checkpoint between two rounds needs no answers kept: the next round is drawn from weights and seed.
        self.phase = phase.model_copy(update={
            "epochs": float(self.spec.rounds * self.spec.passes), "steps": None, "patience": None,
            "checkpoint_every": a_round * max(1, round((phase.checkpoint_every or 1) / a_round))})

    def encode(self, example: Example) -> Row | None:
        """A prompt, and after it the two answers of a preference; None if the prompt leaves no room for an answer."""
        turns = example.messages or (*example.prompt, *example.chosen)
        last = max(at for at, turn in enumerate(turns) if turn["role"] == "assistant")
        ids = torch.tensor(self.chat.prompt_ids(turns[:last], example.tools))
        if len(ids) + self.spec.new_tokens > self.phase.length:
            return None
        prompt = Line(ids, torch.arange(len(ids)) == len(ids) - 1)
        pair = pairs.encode(example, self.chat, self.phase) if example.prompt else None
        return Row((prompt, *(pair.lines if pair else ())), 1, place=(example.source, example.row))

    def attach(self, model: Any) -> None:
        """A value head of zeros. It reads the policy's states and does not move them."""
        self.head = heads.attach(model, HEAD)

    def detach(self, model: Any) -> None:
        """Take the value head out: nobody needs it after training."""
        heads.detach(model, HEAD)

    def ready(self, job: Any, keep: Keep, judge: Judge | None) -> None:  # noqa: ARG002 - the reference is never kept
        """Draw the first round. The job's rows are from now on the answers of a round."""
        self.judge = judge or guard.judge_of(self.spec.reward, self.chat)
        self.prompts = [replace(row, lines=row.lines[:1]) for row in job.rows]
        self.held = [replace(row, lines=row.lines[1:]) for row in job.validation if len(row.lines) == 3]
        job.validation.clear()
        self.began = {name: weight.detach().clone() for name, weight in job.weights.items()}
        self.first = self._draw(job, 0, self.spec.kl_weight)

    def renew(self, job: Any, course: Any) -> dict[str, float]:
        """At the first step of a round: its answers, and the round's figures. Raises Fault where training went wrong.

        `reward` is the mean of the answers, `kl` their divergence in nats an answer, `kl_weight` its price, `entropy`
        that of the next token, `held_preference` the share of held-out pairs whose chosen answer is likelier.
        """
        number, within = divmod(course.step - 1, self.spec.passes * job.batches.per_epoch)
        if within:
            return {}
        if number == 0:
            return self.first
        before = [row for row in course.rows if "kl_weight" in row]
        figures = self._draw(job, number, before[-1]["kl_weight"])
        guard.watch(figures, before[0], self.spec, len(self.held))
        return figures

    @torch.no_grad()
    def _draw(self, job: Any, number: int, weight: float) -> dict[str, float]:
        """Put the answers of a round into the job, valued; returns the round's figures."""
        training = job.model.training
        job.model.eval()
        lines, chosen = self._answers(job, number)
        passes = job.passes([Row((line,), line.scored) for line in lines], range(len(lines)))
        seen = self._seen(job.model, lines, passes)
        reference = self._reference(job, lines, passes)
        worth = self.judge(lines)
        guard.finite(worth, self.spec.reward)
        gained = [there - view.nats for view, there in zip(seen, reference, strict=True)]  # ln p/p_reference
        kl = sum(float(one.sum()) for one in gained) / len(lines)
        if number == 0:
            guard.differ(worth, self.spec.reward)
        else:
            weight *= 1 + min(0.2, max(-0.2, kl / self.spec.kl_target - 1))
        rewards = [-weight * one for one in gained]
        for one, value in zip(rewards, worth, strict=True):
            one[-1] += value
        better = [advantages(one, view.values, self.spec.discount, self.spec.trace)
                  for one, view in zip(rewards, seen, strict=True)]
        known = [{"nats": view.nats, "values": view.values, "returns": one + view.values, "advantages": white}
                 for view, one, white in zip(seen, better, whitened(better), strict=True)]
        job.rows[:] = [Row((line,), line.scored, known=figures, place=row.place)
                       for line, figures, row in zip(lines, known, chosen, strict=True)]
        held = self._held(job.model)
        job.model.train(training)
        entropy = torch.cat([view.entropy for view in seen]).mean().item()
        return {"reward": sum(worth) / len(worth), "kl": kl, "kl_weight": weight, "entropy": entropy, **held}

    def _answers(self, job: Any, number: int) -> tuple[list[Line], list[Row]]:
        """A round's answers after their prompts, which come in an order drawn for the round."""
        dice = np.random.default_rng([self.phase.seed, number])
        repeats = math.ceil(self.spec.answers / len(self.prompts))
        order = np.concatenate([dice.permutation(len(self.prompts)) for _ in range(repeats)])[:self.spec.answers]
        chosen = [self.prompts[at] for at in order]
        asked = [row.lines[0].ids.tolist() for row in chosen]
        said = draw(job.model, asked, self.chat, self.spec.new_tokens, dice.integers(1 << 62, size=len(asked)).tolist())
        return [Line(torch.tensor(prompt + answer), torch.arange(len(prompt) + len(answer)) >= len(prompt))
                for prompt, answer in zip(asked, said, strict=True)], chosen

    def _seen(self, model: Any, lines: Sequence[Line], passes: Sequence[list[int]]) -> list[View]:
        """The policy's view of every line."""
        found: dict[int, View] = {}
        for part in passes:
            view = self._view(model, [lines[at] for at in part])
            sizes = [lines[at].scored for at in part]
            found |= {at: View(*one) for at, *one in zip(part, *(
                each.split(sizes) for each in (view.nats, view.entropy, view.values)), strict=True)}
        return [found[at] for at in range(len(lines))]

    def _reference(self, job: Any, lines: Sequence[Line], passes: Sequence[list[int]]) -> list[Tensor]:
        """-ln p of every scored token under the model at the start, a tensor a line."""
        now = {name: weight.detach().clone() for name, weight in job.weights.items()}
        _put(job, self.began)
        try:
            found = {at: one for part in passes for at, one in zip(part, nats(
                job.model, [lines[at] for at in part], self.chat.pad_id).split([lines[at].scored for at in part]),
                strict=True)}
            return [found[at] for at in range(len(lines))]
        finally:
            _put(job, now)

    def _held(self, model: Any) -> dict[str, float]:
        """Share of the held-out pairs whose chosen answer is likelier; nothing if there are none."""
        if not self.held:
            return {}
        right = 0
        for row in self.held:
            chosen, rejected = nats(model, row.lines, self.chat.pad_id).split([one.scored for one in row.lines])
            right += bool(chosen.sum() < rejected.sum())
        return {"held_preference": right / len(self.held)}

    def _view(self, model: Any, lines: Sequence[Line]) -> View:
        states, logits = scored_states(model, lines, self.chat.pad_id)
        wanted = torch.cat([line.ids[1:][line.mask[1:]] for line in lines]).to(logits.device)
        chances = logits.float().log_softmax(-1)
        values = self.head(states.detach().to(self.head.weight.dtype))[:, 0]
        return View(cross_entropy(logits.float(), wanted, reduction="none"), -(chances.exp() * chances).sum(-1), values)

    def loss(self, model: Any, rows: Sequence[Row]) -> tuple[Tensor, dict[str, float]]:
        """Sum over the answers' tokens of the clipped policy loss and the clipped value loss."""
        view = self._view(model, [row.lines[0] for row in rows])
        before = {name: torch.cat([row.known[name] for row in rows]).to(view.nats.device) for name in rows[0].known}
        ratio = (before["nats"] - view.nats).exp()
        near = ratio.clamp(1 - self.spec.clip_ratio, 1 + self.spec.clip_ratio)
        policy = -torch.minimum(ratio * before["advantages"], near * before["advantages"])
        close = before["values"] + (view.values - before["values"]).clamp(-self.spec.clip_value, self.spec.clip_value)
        value = 0.5 * torch.maximum((view.values - before["returns"]) ** 2, (close - before["returns"]) ** 2)
        figures = {"policy_loss": policy.sum(), "value_loss": value.sum(), "clipped": (ratio != near).sum()}
        return (policy + self.spec.value_weight * value).sum(), {name: one.item() for name, one in figures.items()}


@torch.no_grad()
def _put(job: Any, weights: dict[str, Tensor]) -> None:
    for name, weight in job.weights.items():
        weight.copy_(weights[name])
