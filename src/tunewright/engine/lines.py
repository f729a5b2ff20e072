"""Lines: token sequences of which some tokens are scored, and what a model says of them.

Every objective and every likelihood is made of this one pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tunewright.engine import attention
from tunewright.engine.logits import Tell, losses, surprise
from tunewright.engine.tree import Ids, Tree, plant

_BLOCK = 512  # what a block of attention costs before it computes anything, in pairs of query and key


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

    @property
    def read(self) -> Ids:
        """The tokens that the model must read: those before the last scored one."""
        at = self.mask[1:].nonzero()
        return self.ids[:int(at[-1, 0]) + 1 if len(at) else 0].numpy()


def nats(model: Any, lines: Sequence[Line], pad_id: int, shared: bool | None = None, tell: Tell = surprise) -> Tensor:
    """-ln p of every scored token given what precedes it, (scored,), line by line, in one pass on the model's device;
    with another `tell`, what that keeps of each.

    A model that understands trees computes what lines begin with in common once, and nothing behind the last scored
    token, if that is less work (or `shared` says so). Else lines are padded on the right: attention is causal, so no
    token ever sees the padding after its line, no mask is needed, and the fast kernels stay in use.
    """
    if attention.installed(model):
        tree = plant([line.read for line in lines])
        if lighter(model, tree) if shared is None else shared:
            return _from_tree(model, lines, tree, tell)
    device = model.get_input_embeddings().weight.device
    ids = torch.nn.utils.rnn.pad_sequence([line.ids for line in lines], True, pad_id).to(device)
    mask = torch.nn.utils.rnn.pad_sequence([line.mask for line in lines], True, False).to(device)
    where = mask[:, 1:]
    return losses(model, {"input_ids": ids[:, :-1]}, lambda hidden: hidden[where], ids[:, 1:][where],
                  tell=tell)


def lighter(model: Any, tree: Tree) -> bool:
    """Whether `model` has less to compute for the tree than for its sequences padded.

    Both are counted in pairs of query and key: beside a pair's two products of a head's width, a token's way through
    a layer's matrices (some 12 width², of which attention's 4 width a pair) is as much as 6 width pairs.
    """
    token = 6 * model.config.get_text_config().hidden_size
    rows = len(tree.paths)
    padded = rows * (tree.height * token + tree.height ** 2 / 2)
    return len(tree.ids) * token + attention.pairs(model, tree) + len(tree.blocks) * _BLOCK < padded


def _from_tree(model: Any, lines: Sequence[Line], tree: Tree, tell: Tell) -> Tensor:
    device = model.get_input_embeddings().weight.device
    before, wanted, back = _asked(lines, tree)
    above = torch.from_numpy(before).to(device)
    each = losses(model, attention.inputs(tree, device), lambda hidden: hidden[0].index_select(0, above),
                  torch.from_numpy(wanted).to(device), tell=tell)
    return each.index_select(0, torch.from_numpy(back).to(device))


def _asked(lines: Sequence[Line], tree: Tree) -> tuple[Ids, Ids, Ids]:
    """What is asked of the tree: (nodes, tokens) that some line scores after a node, and where (scored,) finds them.

    Lines that go on from one node with the same token ask the same.
    """
    scored = [line.mask[1:].nonzero()[:, 0].numpy() for line in lines]
    before = np.concatenate([path[at] for path, at in zip(tree.paths, scored, strict=True)])
    wanted = np.concatenate([line.ids.numpy()[at + 1] for line, at in zip(lines, scored, strict=True)])
    _, first, back = np.unique(np.stack([before, wanted]), axis=1, return_index=True, return_inverse=True)
    return before[first], wanted[first], back.reshape(-1)
