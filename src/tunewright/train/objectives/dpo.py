"""Direct preference optimisation: the chosen answer becomes likelier than the rejected one, against a reference.

The reference is the model as the phase finds it. It never changes, so its log-probabilities are computed once, before
the first step, and kept. Rafailov et al., 2023; IPO: Azar et al., 2023.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from tunewright.core.digest import digest_json
from tunewright.core.examples import Example
from tunewright.engine.chat import Chat
from tunewright.engine.lines import nats
from tunewright.recipe import PhaseSpec
from tunewright.train.objectives import pairs
from tunewright.train.objectives.objective import Figures, Judge, Keep, Objective, Row

_PREPENDED = ("prefix", "prompt")  # methods that change what the model says before the first step


class Dpo(Objective):
    """Learn from pairs which answer is better."""

    def __init__(self, chat: Chat, phase: PhaseSpec) -> None:
        self.chat = chat
        self.phase = phase

    def encode(self, example: Example) -> Row | None:
        """A pair; None if its answers do not differ within the phase's length."""
        return pairs.encode(example, self.chat, self.phase)

    def ready(self, job: Any, keep: Keep, judge: Judge | None) -> None:  # noqa: ARG002 - for others
        """Give every row its `reference`, (2,): ln p of both answers under the model as it is now."""
        rows = [*job.rows, *job.validation]
        told = keep(self._what(job), lambda: self._reference(job, rows))
        for at, (row, reference) in enumerate(zip(rows, told, strict=True)):
            part, place = (job.rows, at) if at < len(job.rows) else (job.validation, at - len(job.rows))
            part[place] = pairs.known(row, reference=torch.tensor(reference))

    def _what(self, job: Any) -> str:
        """What the reference depends on beside weights, data and length."""
        own = digest_json(self.phase.model_dump(mode="json")) if self.phase.method in _PREPENDED else ""
        return f"reference {job.accelerator.mixed_precision} {self.phase.method == 'qlora'} {own}"

    @torch.no_grad()
    def _reference(self, job: Any, rows: Sequence[Row]) -> Figures:
        found: Figures = [[] for _ in rows]
        for part in job.passes(rows, range(len(rows))):
            said = self._said(job.model, [rows[at] for at in part])
            for at, pair in zip(part, said.tolist(), strict=True):
                found[at] = pair
        return found

    def _said(self, model: Any, rows: Sequence[Row]) -> Tensor:
        """ln p of the answers, (rows, 2)."""
        lines = [one for row in rows for one in row.lines]
        each = nats(model, lines, self.chat.pad_id).split([one.scored for one in lines])
        return -torch.stack([one.sum() for one in each]).view(len(rows), 2)

    def loss(self, model: Any, rows: Sequence[Row]) -> tuple[Tensor, dict[str, float]]:
        """Sum over pairs of the loss of the margin: how much more the chosen answer gained than the rejected one.

        `kl` is ½·(ln p/p_reference)², a mean over both answers: to second order the divergence, never negative.
        """
        said = self._said(model, rows)
        gained = said - torch.stack([row.known["reference"] for row in rows]).to(said)
        if self.phase.per_token:
            gained = gained / torch.tensor([[one.scored for one in row.lines] for row in rows]).to(gained)
        margins = gained[:, 0] - gained[:, 1]
        if self.phase.preference == "ipo":
            losses = (margins - 1 / (2 * self.phase.beta)) ** 2
        else:
            losses = -logsigmoid(self.phase.beta * margins)
        figures = {"margin": margins.sum(), "accuracy": (margins > 0).sum(), "kl": gained.square().sum() / 4}
        return losses.sum(), {name: value.item() for name, value in figures.items()}
