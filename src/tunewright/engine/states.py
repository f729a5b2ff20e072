"""Hidden states at chosen places of lines, and what the model says there: for heads beside the vocabulary's."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from tunewright.engine import attention
from tunewright.engine.lines import Line, lighter
from tunewright.engine.tree import plant


def last_states(model: Any, lines: Sequence[Line], pad_id: int) -> Tensor:
    """The hidden state after each line's last token, (lines, width)."""
    return _look(model, lines, [torch.tensor([len(line.ids) - 1]) for line in lines], pad_id)[0]


def scored_states(model: Any, lines: Sequence[Line], pad_id: int) -> tuple[Tensor, Tensor]:
    """Where a scored token is predicted, line by line: states (scored, width) and logits (scored, vocabulary)."""
    return _look(model, lines, [line.mask[1:].nonzero()[:, 0] for line in lines], pad_id)


def _look(model: Any, lines: Sequence[Line], places: Sequence[Tensor], pad_id: int) -> tuple[Tensor, Tensor]:
    """States and logits at `places`, positions in each line, in one pass: a prefix tree where that is lighter."""
    device = model.get_input_embeddings().weight.device
    if attention.installed(model):
        tree = plant([line.ids.numpy() for line in lines])
        if lighter(model, tree):
            nodes = torch.cat([torch.from_numpy(path)[at] for path, at in zip(tree.paths, places, strict=True)])
            return _pass(model, (torch.zeros_like(nodes).to(device), nodes.to(device)), attention.inputs(tree, device))
    ids = torch.nn.utils.rnn.pad_sequence([line.ids for line in lines], True, pad_id).to(device)
    rows = torch.cat([torch.full_like(at, number) for number, at in enumerate(places)])
    return _pass(model, (rows.to(device), torch.cat(list(places)).to(device)), {"input_ids": ids})


def _pass(model: Any, where: tuple[Tensor, Tensor], inputs: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """One pass in which the output layer sees only the states at `where`, (rows, columns); they are caught there."""
    caught: list[Tensor] = []

    def choose(_: Any, args: tuple[Tensor, ...]) -> tuple[Tensor]:
        caught.append(args[0][where])
        return (caught[0],)

    hook = model.get_output_embeddings().register_forward_pre_hook(choose)
    try:
        logits = model(use_cache=False, **inputs).logits
    finally:
        hook.remove()
    return caught[0], logits
