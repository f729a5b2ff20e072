from dataclasses import replace

import pytest
import torch
from spell import spelling
from torch.nn.functional import cross_entropy

from tunewright.base import load_model, load_tokenizer
from tunewright.core.errors import Fault
from tunewright.core.examples import make_example
from tunewright.engine.chat import Chat
from tunewright.recipe import PhaseSpec
from tunewright.train.objectives.sft import Sft


@pytest.fixture(scope="module")
def model(base):
    return load_model(base)


@pytest.fixture(scope="module")
def chat(base):
    return Chat(load_tokenizer(base))


def rows_of(chat, count=6, **phase):
    objective = Sft(chat, PhaseSpec(**phase))
    return objective, [objective.encode(make_example(messages=(
        {"role": "user", "content": word}, {"role": "assistant", "content": answer})))
        for word, answer in spelling(count, 3)]


def plain_loss(model, row):
    """The textbook: one record, all logits, labels moved by one."""
    (line,) = row.lines
    logits = model(input_ids=line.ids[None]).logits[0]
    labels = torch.where(line.mask, line.ids, -100)
    return cross_entropy(logits[:-1], labels[1:], ignore_index=-100, reduction="sum")


def test_a_padded_batch_has_the_loss_of_its_records_one_by_one(model, chat):
    objective, rows = rows_of(chat)
    assert len({row.size for row in rows}) > 2
    alone = sum(plain_loss(model, row) for row in rows)
    torch.testing.assert_close(objective.loss(model, rows)[0], alone, rtol=1e-5, atol=0)


def test_a_padded_batch_has_the_gradient_of_its_records_one_by_one(model, chat):
    objective, rows = rows_of(chat)
    weight = model.model.layers[0].self_attn.k_proj.weight
    alone = torch.autograd.grad(sum(plain_loss(model, row) for row in rows), weight)[0]
    together = torch.autograd.grad(objective.loss(model, rows)[0], weight)[0]
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


def test_a_record_has_the_same_loss_whatever_stands_beside_it(model, chat):
    objective, rows = rows_of(chat)
    pairs = [objective.loss(model, [rows[0], other])[0] - objective.loss(model, [other])[0]
             for other in rows[1:]]
    torch.testing.assert_close(torch.stack(pairs), plain_loss(model, rows[0]).expand(len(pairs)), rtol=1e-5, atol=1e-4)


def test_logits_are_computed_for_supervised_positions_only(model, chat):
    objective, rows = rows_of(chat)
    seen = []
    hook = model.lm_head.register_forward_hook(lambda module, args, out: seen.append(tuple(out.shape)))
    objective.loss(model, rows)[0]
    hook.remove()
    assert seen == [(sum(row.weight for row in rows), model.config.vocab_size)]
    assert model(input_ids=rows[0].lines[0].ids[None]).logits.shape[1] == rows[0].tokens, "the head is itself again"


def test_a_model_that_caps_its_logits_keeps_capping_them(chat):
    from transformers import Gemma2Config, Gemma2ForCausalLM

    torch.manual_seed(0)
    model = Gemma2ForCausalLM(Gemma2Config(
        vocab_size=262, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, final_logit_softcapping=0.5, sliding_window=8,
        initializer_range=0.5)).eval()
    objective, rows = rows_of(chat)
    alone = sum(plain_loss(model, row) for row in rows)
    torch.testing.assert_close(objective.loss(model, rows)[0], alone, rtol=1e-5, atol=0)


def test_only_what_the_assistant_wrote_is_supervised(chat):
    _, rows = rows_of(chat)
    for row, (_, answer) in zip(rows, spelling(6, 3), strict=True):
        assert chat.tokenizer.decode(row.lines[0].ids[row.lines[0].mask]) == answer + "<|end|>"
        assert row.weight == len(answer) + 1


def test_a_long_record_is_cut_at_its_end_and_says_so(chat):
    objective, _ = rows_of(chat, length=8)
    row = objective.encode(make_example(messages=(
        {"role": "user", "content": "ab"}, {"role": "assistant", "content": "cdefghijk"})))
    assert (row.tokens, row.cut, row.weight) == (8, True, 3)


def test_a_record_whose_answer_is_cut_off_is_left_out(chat):
    objective, _ = rows_of(chat, length=4)
    assert objective.encode(make_example(messages=(
        {"role": "user", "content": "abcdef"}, {"role": "assistant", "content": "f"}))) is None


def test_a_long_record_is_refused_where_the_recipe_says_so(chat):
    objective, _ = rows_of(chat, length=8, overlong="refuse", count=0)
    with pytest.raises(Fault, match="row 7 of source 1 has 15 tokens and length is 8"):
        objective.encode(make_example(row=7, messages=(
            {"role": "user", "content": "ab"}, {"role": "assistant", "content": "cdefghijk"})))


def test_a_record_counts_as_its_weight_says_as_if_it_stood_there_so_often(model, chat):
    objective = Sft(chat, PhaseSpec())
    once, other = (objective.encode(make_example(weight=weight, messages=(
        {"role": "user", "content": word}, {"role": "assistant", "content": answer})))
        for weight, (word, answer) in zip((1.0, 3.0), spelling(2, 3), strict=True))
    plain = [once, *[replace(other, weight=other.weight / 3, counts=1.0)] * 3]
    assert once.weight + other.weight == sum(row.weight for row in plain)
    torch.testing.assert_close(objective.loss(model, [once, other])[0], objective.loss(model, plain)[0])
