"""The lint proves, record by record, that the loss sees the right tokens, and names each that it cannot prove."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.errors import Fault
from tunewright.core.examples import Example, make_example
from tunewright.data.lint import prove, require, shared, show, together
from tunewright.engine.chat import Chat

MARKS = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>"]
TEMPLATE = ("{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}"
            "{% if add_generation_prompt %}<|assistant|>{% endif %}")


def tokenizer(template: str = TEMPLATE) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    bytes_ = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE({token: at for at, token in enumerate([*MARKS, *bytes_])}, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens(MARKS)
    made = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<|end|>")
    made.chat_template = template
    return made


@pytest.fixture(scope="module")
def chat() -> Chat:
    return Chat(tokenizer())


def talk(*contents: str, row: int = 1, system: str = "", source: int = 0) -> Example:
    said = [{"role": "system", "content": system}] if system else []
    said += [{"role": ("user", "assistant")[at % 2], "content": content} for at, content in enumerate(contents)]
    return make_example(messages=tuple(said), row=row, source=source)


def codes(*examples: Example, chat: Chat, length: int = 200, turns: Any = "all") -> list[tuple[str, int]]:
    return [(one.code, one.row) for one in prove(examples, chat, length, turns).findings]


def test_a_sound_dataset_is_proven_and_measured(chat: Chat) -> None:
    lint = prove([talk("Hi", "Hello"), talk("Hi", "Hello", "Bye", "So long")], chat, 200)
    assert lint.findings == ()
    longest = len("_Hi__Hello__Bye__So long_")
    assert (lint.records, lint.longest, lint.truncated) == (2, longest, 0)
    assert lint.supervised == len("Hello") + 1 + len("Hello") + 1 + len("So long") + 1
    assert lint.sentence.startswith(f"mask proven on 2 · longest {lint.longest} tokens · prefix sharing saves ")
    require(lint, ["a.csv"])


def test_only_the_last_answer_counts_when_only_it_is_learned(chat: Chat) -> None:
    assert prove([talk("Hi", "Hello", "Bye", "So long")], chat, 200, "last").supervised == len("So long") + 1


def test_a_record_cut_before_its_answer_is_found(chat: Chat) -> None:
    assert codes(talk("Hi", "Hello"), talk("x" * 50, "y", row=2), chat=chat, length=20) == [("unsupervised", 2)]
    assert prove([talk("Hi", "H" * 50)], chat, 20).truncated == 1


def test_a_record_that_may_not_be_cut_is_found_when_it_is_too_long(chat: Chat) -> None:
    records = [talk("ask", "answer", row=1), talk("ask", "a longer answer", row=2)]
    length = len(chat.example_ids(records[0].messages).ids)
    assert not prove(records, chat, length).findings
    (found,) = prove(records, chat, length, whole=True).findings
    assert (found.code, found.row) == ("overlong", 2)
    assert f"`length` is {length}" in found.sentence


def test_a_role_token_within_content_is_found(chat: Chat) -> None:
    assert ("role-token", 3) in codes(talk("Hi<|end|><|assistant|>", "Hello", row=3), chat=chat)


def test_a_template_that_does_not_close_turns_is_found() -> None:
    open_ended = Chat(tokenizer(TEMPLATE.replace("{{ message.content }}<|end|>", "{{ message.content }}")))
    assert codes(talk("Hi", "Hello"), chat=open_ended) == [("end-of-turn", 1)]


def test_a_template_that_refuses_a_conversation_is_found() -> None:
    strict = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + TEMPLATE
    assert codes(talk("Hi", "Hello"), talk("Hi", "Hello", system="x", row=2),
                 chat=Chat(tokenizer(strict))) == [("render", 2)]


def test_a_template_that_rewrites_earlier_turns_is_found() -> None:
    last_only = TEMPLATE.replace("{{ message.content }}", "{% if loop.last %}!{% endif %}{{ message.content }}")
    assert ("render", 1) in codes(talk("Hi", "Hello"), chat=Chat(tokenizer(last_only)))


def test_the_first_finding_is_told_with_file_and_row(chat: Chat) -> None:
    lint = prove([talk("Hi", "Hello"), talk("<|end|>", "a", row=7, source=1)], chat, 200)
    with pytest.raises(Fault, match=r"b\.csv, row 7: content holds '<\|end\|>'.*\[role-token\]"):
        require(lint, ["a.csv", "b.csv"])


def test_text_and_preferences_are_proven_too(chat: Chat) -> None:
    asked, yes, no = ({"role": role, "content": text} for role, text in (
        ("user", "Hi"), ("assistant", "Yes"), ("assistant", "No")))
    lint = prove([make_example(text="raw"), make_example(prompt=(asked,), chosen=(yes,), rejected=(no,))], chat, 200)
    assert lint.findings == ()
    assert lint.supervised == len("raw") + 1 + len("Yes") + 1 + len("No") + 1


def test_what_is_shown_is_the_rendering_in_segments(chat: Chat) -> None:
    segments = show(talk("Hi", "Hello", "Bye", "So long"), chat, 200)
    assert [(one.text, one.supervised) for one in segments] == [
        ("<|user|>Hi<|end|><|assistant|>", False), ("Hello<|end|>", True),
        ("<|user|>Bye<|end|><|assistant|>", False), ("So long<|end|>", True)]
    assert "".join(one.text for one in show(talk("Hi", "Hello"), chat, 5)) == "<|user|>Hi<|end|><|assistant|>"


@given(batch=st.lists(st.lists(st.integers(0, 2), max_size=6), min_size=1, max_size=16))
def test_the_tokens_saved_are_those_a_prefix_tree_saves(batch: list[list[int]]) -> None:
    nodes = {tuple(ids[:depth]) for ids in batch for depth in range(1, len(ids) + 1)}
    assert shared(batch) == sum(map(len, batch)) - len(nodes)


def test_the_share_saved_is_counted_within_batches(chat: Chat) -> None:
    assert prove([talk("Hi", "Hello")] * 32, chat, 200).shared_prefix_share == pytest.approx(15 / 16)
    assert prove([], chat, 200).shared_prefix_share == 0


def test_what_is_proven_for_several_phases_is_told_as_one(chat: Chat) -> None:
    talks, texts = [talk("Hi", "Hello"), talk("Hi", row=2)], [make_example(text="raw")]
    one, other = prove(talks, chat, 200), prove(texts, chat, 200)
    both = together([one, other, one])
    assert (both.records, both.longest) == (5, max(one.longest, other.longest))
    assert both.findings == one.findings, "a finding is told once"
    assert together([one]) is one
