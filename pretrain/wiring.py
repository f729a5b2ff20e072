"""Circuits laid into the first weights: one that copies, one that gathers the words of a text.

Copying need not be discovered then.

From a plain random start, a model of this size had not begun to copy after 1.3 million tokens. Copying needs two
heads that are useless without one another: one that notes at each position which token came before (layer 0), and
one that looks for the positions whose note is the present token and brings what stands there (layer 1). Both are
laid here as ordinary weights among the random ones; training changes them like all others. From this start, a
random list of 8 to 40 tokens is repeated at a loss of 0.3 nats after 60 thousand tokens.

Gathering: heads that look at all positions alike bring the mean of what stands there. Trained heads look at few
places, and a tuned model then knows less of a message than a bag of its words; these give it that bag at once.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pretrain.model import Tiny

SHARP = 6.0  # size of the position bias: about e^5 more attention on the token before than on its neighbours
NOTE = 0.5  # size of the note beside the embedding
MATCH = 1.5  # size of query and key of the head that looks for the note
SLOW = 0.02  # radians a token: pairs of channels that turn slower than this can compare contents at a distance


def _rows(count: int, width: int) -> Tensor:
    """`count` orthonormal rows of random direction: (count, width)."""
    return torch.linalg.qr(torch.randn(width, count))[0].T


@torch.no_grad()
def gather(tiny: Tiny) -> None:
    """Let one head of each free key-value head of layers 0 to 2 bring the mean of all positions, each its own part."""
    c, parts = tiny.c, _rows(tiny.c.width, tiny.c.width)
    for number, (layer, group) in enumerate(((0, 1), (1, 1), (2, 0), (2, 1))):
        at = tiny.model.get_submodule(f"layers.{layer}.self_attn")
        head = group * (c.heads // c.kv_heads)
        mine, ours = slice(head * c.head, (head + 1) * c.head), slice(group * c.head, (group + 1) * c.head)
        at.get_parameter("q_proj.weight")[mine] = 0
        at.get_parameter("k_proj.weight")[ours] = 0
        at.get_parameter("v_proj.weight")[ours] = parts[number * c.head : (number + 1) * c.head]
        at.get_parameter("o_proj.weight")[:, mine] = _rows(c.head, c.width).T


@torch.no_grad()
def wire(tiny: Tiny) -> None:
    """Lay the copying circuit into head 0 of layers 0 and 1."""
    c, half = tiny.c, tiny.c.head // 2
    turn = c.theta ** -(torch.arange(half) / half)
    slow = torch.nonzero(turn < SLOW).flatten()
    content = torch.cat((slow, slow + half))
    read, note = _rows(len(content), c.width), _rows(len(content), c.width)

    before = tiny.model.get_submodule("layers.0.self_attn")
    for name in ("q_proj", "k_proj", "v_proj"):
        before.get_parameter(f"{name}.weight")[: c.head] = 0
    before.get_parameter("k_proj.bias")[:half] = SHARP
    before.get_parameter("q_proj.bias")[: c.head] = SHARP * torch.cat((torch.cos(turn), -torch.sin(turn)))
    before.get_parameter("v_proj.weight")[: len(content)] = read
    before.get_parameter("o_proj.weight")[:, : c.head] = 0
    before.get_parameter("o_proj.weight")[:, : len(content)] = NOTE * note.T

    after = tiny.model.get_submodule("layers.1.self_attn")
    for name, rows in (("q_proj", read), ("k_proj", note)):
        after.get_parameter(f"{name}.weight")[: c.head] = 0
        after.get_parameter(f"{name}.weight")[content] = MATCH * rows
    carry = _rows(c.head, c.width)
    after.get_parameter("v_proj.weight")[: c.head] = carry
    after.get_parameter("o_proj.weight")[:, : c.head] = carry.T
