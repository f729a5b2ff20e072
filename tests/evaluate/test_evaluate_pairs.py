"""Pairs of texts: the second is scored, all of it, behind as much of the first as the model reads."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.base import find, load_tokenizer
from tunewright.evaluate import pairs
from tunewright.recipe import BaseSpec

TOKENIZER = load_tokenizer(find(BaseSpec(name="tiny"), Path()))
texts = st.text(st.sampled_from("ab c.\nD:"), min_size=1, max_size=20)


@given(first=texts, second=texts.filter(str.strip))
def test_the_first_stands_as_it_is_and_the_second_is_scored(first: str, second: str) -> None:
    (row,) = pairs.rows(TOKENIZER, [(first, second)], 1000)
    scored = [token for token, told in zip(row.ids, row.mask, strict=True) if told]
    assert row.mask == sorted(row.mask)
    before = row.ids[:-len(scored)]
    assert before == (pairs.ids(TOKENIZER, [first.rstrip()])[0] or [TOKENIZER.eos_token_id])
    assert len(scored) == max(len(pairs.ids(TOKENIZER, [first + second])[0]) - len(before) * bool(first.strip()), 0)


def test_space_at_the_end_of_the_first_belongs_to_the_second() -> None:
    assert pairs.rows(TOKENIZER, [("Answer: ", "A")], 100) == pairs.rows(TOKENIZER, [("Answer:", " A")], 100)


def test_what_the_model_cannot_read_is_cut_on_the_left() -> None:
    (whole,), (cut,) = (pairs.rows(TOKENIZER, [("a b c d e f g", " h")], longest) for longest in (100, 4))
    assert cut.ids == whole.ids[-5:], "nothing reads the last token"
    assert cut.mask == whole.mask[-5:]


def test_a_second_text_without_tokens_is_refused() -> None:
    with pytest.raises(ValueError, match="no tokens"):
        pairs.rows(TOKENIZER, [("a", "")], 100)


def test_no_pairs_are_no_rows() -> None:
    assert pairs.rows(TOKENIZER, [], 100) == []


@given(st.lists(st.text(st.sampled_from("ab .\nD:1é\t"), max_size=20), min_size=70, max_size=90))
def test_lines_are_cut_into_tokens_once_and_the_tokens_are_those_of_whole_texts(asked: list[str]) -> None:
    assert pairs.ids(TOKENIZER, asked) == [pairs.ids(TOKENIZER, [text])[0] for text in asked]


@pytest.mark.parametrize("begins", [False, True])
def test_a_tokenizer_that_joins_lines_is_given_whole_texts(begins: bool) -> None:
    from tokenizers import Tokenizer, models, processors
    from transformers import PreTrainedTokenizerFast

    letters = {letter: at for at, letter in enumerate(["a", "b", "\n", "\na", "<s>"])}
    joining = Tokenizer(models.BPE(letters, [("\n", "a")]))
    if begins:
        joining.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 4)])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=joining, bos_token="<s>")
    asked = ["ab\nab", "b\nb"] * 50
    assert pairs.ids(tokenizer, asked)[0] == ([4] if begins else []) + [0, 1, 3, 1]
    assert pairs.ids(tokenizer, asked) == [pairs.ids(tokenizer, [text])[0] for text in asked]
