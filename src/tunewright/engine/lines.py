"""Lines: token sequences of which some tokens are scored, and what a model says of them.

Every objective and every likelihood is made of this one pass.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy


@dataclass(frozen=True)
class Line:
    """A sequence: `ids` (length,) and `mask` (length,), true for the tokens that are scored.

    The first token is never scored, since nothing predicts it.
    """

    ids: Tensor
    mask: Tensor

    @property
    def scored(self) -> int:
        """How many tokens are scored."""
        return int(self.mask[1:].sum())


def nats(model: Any, lines: Sequence[Line], pad_id: int) -> Tensor:
    """-ln p of every scored token given what precedes it, (scored,), line by line, in one pass on the model's device.

    Lines are padded on the right. Attention is causal, so no token ever sees the padding after its line: no mask is
    needed, and the fast kernels stay in use.
    """
    device = model.get_input_embeddings().weight.device
    ids = torch.nn.utils.rnn.pad_sequence([line.ids for line in lines], True, pad_id).to(device)
    mask = torch.nn.utils.rnn.pad_sequence([line.mask for line in lines], True, False).to(device)
    where = mask[:, 1:]
    with _head_at(model.get_output_embeddings(), where):
        logits = model(input_ids=ids[:, :-1], use_cache=False).logits
    return cross_entropy(logits.float(), ids[:, 1:][where], reduction="none")


@contextmanager
def _head_at(head: Any, where: Tensor) -> Iterator[None]:
    """Let the output layer see only the hidden states at `where`: (rows, length, width) becomes (n, width).

    A vocabulary is wide, and most positions predict nothing we score. The model's own forward still does whatever
    it does to its logits (scaling, capping), so this holds for every architecture.
    """
    hook = head.register_forward_pre_hook(lambda _, args: (args[0][where],))
    try:
        yield
    finally:
        hook.remove()
