"""Losses: what a plain pass gives for each row alone, whatever shares its batch and whichever adapter it asks for."""

from pathlib import Path

import pytest
import torch

from tunewright.base import Base, load_model
from tunewright.engine.chat import Rendered
from tunewright.engine.hf import HfEngine
from tunewright.engine.score import passes

ROWS = [Rendered([5, 9, 30, 7], [False, False, True, True]),
        Rendered(list(range(3, 40)), [False] * 20 + [True] * 17),
        Rendered([8, 8, 12], [False, True, False])]


def plain(model: torch.nn.Module, row: Rendered) -> float:
    ids, learned = torch.tensor(row.ids), torch.tensor(row.mask[1:])
    with torch.no_grad():
        logits = model(input_ids=ids[None]).logits[0]
    return float(torch.nn.functional.cross_entropy(logits[:-1][learned], ids[1:][learned]))


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_losses_are_those_of_each_row_alone(random_base: Base, adapters: dict[str, Path]) -> None:
    from peft import PeftModel

    engine = HfEngine(random_base, 4)
    digest, folder = next(iter(adapters.items()))
    engine.load(digest, folder, True)
    adapted = PeftModel.from_pretrained(load_model(random_base), str(folder))
    try:
        bare, tuned = engine.losses(ROWS), engine.losses(ROWS, digest)
    finally:
        engine.close()
    assert bare == pytest.approx([plain(load_model(random_base), row) for row in ROWS], rel=1e-4)
    assert tuned == pytest.approx([plain(adapted, row) for row in ROWS], rel=1e-4)
    assert bare != tuned


def test_a_row_without_a_supervised_token_is_refused(random_base: Base) -> None:
    engine = HfEngine(random_base, 4)
    try:
        with pytest.raises(ValueError, match="no supervised token"):
            engine.losses([Rendered([1, 2], [True, False])])
    finally:
        engine.close()


def test_passes_hold_every_row_once_and_few_logits_each() -> None:
    rows = [Rendered([1] * length, [True] * length) for length in (5, 900, 20, 2000, 7)]
    found = passes(rows, 32_000)
    assert sorted(at for one in found for at in one) == [0, 1, 2, 3, 4]
    for one in found[:-1]:
        assert len(one) * max(len(rows[at].ids) for at in one) * 32_000 <= 1 << 26
