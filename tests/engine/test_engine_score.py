"""Likelihoods: what a plain pass gives for each row alone, whatever it shares and whichever model it asks for."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tunewright.base import Base, load_model
from tunewright.engine import attention, score
from tunewright.engine.chat import Rendered
from tunewright.engine.hf import HfEngine
from tunewright.engine.lines import Line

SHOTS = list(range(3, 60))
"""A few-shot context: shared by all items."""


def choices(question: list[int], *answers: list[int]) -> list[Rendered]:
    """A row for each answer to a question, of which the answer is scored."""
    before = [*SHOTS, *question]
    return [Rendered([*before, *answer], [False] * len(before) + [True] * len(answer)) for answer in answers]


ROWS = [*choices([70, 71, 72, 73, 74, 75, 76, 77, 78], [10], [11], [12, 13], [12, 14, 15]),
        *choices([80, 81, 82, 83, 84, 85, 86, 87], [10], [11]),
        Rendered([5, 9, 30, 7], [False, False, True, True]),
        Rendered([8, 8, 12, 40, 41], [False, True, False, False, False])]


def plain(model: torch.nn.Module, row: Rendered) -> tuple[float, bool]:
    """The textbook: the row alone, all logits."""
    ids, learned = torch.tensor(row.ids), torch.tensor(row.mask[1:])
    with torch.no_grad():
        logits = model(input_ids=ids[None]).logits[0, :-1][learned]
    wanted = ids[1:][learned]
    return float(torch.nn.functional.cross_entropy(logits, wanted, reduction="sum")), bool(
        (logits.argmax(-1) == wanted).all())


@pytest.fixture(scope="module")
def engine(random_base: Base, adapters: dict[str, Path]) -> HfEngine:
    made = HfEngine(random_base, 4)
    for digest, folder in adapters.items():
        made.load(digest, folder, True)
    yield made
    made.close()


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_likelihoods_are_those_of_each_row_alone(engine: HfEngine, random_base: Base,
                                                 adapters: dict[str, Path]) -> None:
    from peft import PeftModel

    digest, folder = next(iter(adapters.items()))
    adapted = PeftModel.from_pretrained(load_model(random_base), str(folder))
    for said, model in ((engine.likelihoods(ROWS), load_model(random_base)),
                        (engine.likelihoods(ROWS, digest), adapted)):
        wanted = [plain(model, row) for row in ROWS]
        assert [one.nats for one in said] == pytest.approx([nats for nats, _ in wanted], abs=1e-4)
        assert [one.greedy for one in said] == [greedy for _, greedy in wanted]
        assert [one.tokens for one in said] == [sum(row.mask[1:]) for row in ROWS]


def test_of_all_tokens_the_likeliest_alone_is_greedy(engine: HfEngine) -> None:
    said = engine.likelihoods([Rendered([*SHOTS, token], [False] * len(SHOTS) + [True]) for token in range(200)])
    assert [one.greedy for one in said] == [one.nats == min(other.nats for other in said) for one in said]


def test_shared_beginnings_are_read_once_and_decoding_keeps_its_own_attention(random_base: Base) -> None:
    model = load_model(random_base)
    lines, before, seen = score.lines(ROWS), model.config._attn_implementation, []
    assert score.reads_trees(model, lines)
    model.get_input_embeddings().register_forward_hook(lambda module, args, out: seen.append(out.shape[1]))
    score.likelihoods(model, lines, trees=True)
    assert seen == [len(SHOTS) + (9 + 3) + 8 + 3 + 1], "fewer than 8 tokens are not worth sharing"
    assert model.config._attn_implementation == before


def test_a_model_that_gets_something_else_from_a_tree_is_padded(random_base: Base) -> None:
    model = load_model(random_base)
    model.model.layers[0].register_forward_hook(lambda module, args, out: out + out.roll(1, dims=1))
    assert not score.reads_trees(model, score.lines(ROWS))
    assert not attention.installed(model)


def test_padding_gives_the_same_as_a_tree(random_base: Base) -> None:
    model, lines = load_model(random_base), score.lines(ROWS)
    tree, padded = (score.likelihoods(model, lines, trees) for trees in (True, False))
    assert [one.nats for one in tree] == pytest.approx([one.nats for one in padded], abs=1e-4)


def test_a_row_without_a_supervised_token_is_refused(engine: HfEngine) -> None:
    with pytest.raises(ValueError, match="no supervised token"):
        engine.likelihoods([Rendered([1, 2], [True, False])])


def test_no_rows_say_nothing(engine: HfEngine) -> None:
    assert engine.likelihoods([]) == []


@given(st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=30), min_size=1, max_size=20), st.booleans())
def test_passes_hold_every_row_once_and_few_tokens_each(texts: list[list[int]], trees: bool) -> None:
    rows = [Line(torch.tensor(text), torch.ones(len(text), dtype=torch.bool)) for text in texts]
    found = score.passes(rows, trees, nodes=40)
    assert sorted(at for one in found for at in one) == list(range(len(rows)))
    for one in found:
        alone = len(one) * max(len(rows[at].ids) for at in one)
        assert len(one) == 1 or trees or alone <= 40
