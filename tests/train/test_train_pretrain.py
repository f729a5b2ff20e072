import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tunewright.base import load_model, load_tokenizer
from tunewright.core.errors import Fault
from tunewright.core.examples import make_example
from tunewright.engine.chat import Chat
from tunewright.recipe import PhaseSpec
from tunewright.train.objectives.pretrain import Pretrain

documents = st.lists(st.text("abc", max_size=60), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def chat(base):
    return Chat(load_tokenizer(base))


def rows_of(chat, texts, **phase):
    objective = Pretrain(chat, PhaseSpec(objective="pretrain", **phase))
    return objective, objective.rows([make_example(text=text, row=at) for at, text in enumerate(texts, 1)])


@given(texts=documents, length=st.integers(2, 40))
def test_every_token_of_every_document_but_its_first_is_learned_once(chat, texts, length):
    _, rows = rows_of(chat, texts, length=length)
    learned = sorted(token for row in rows for line in row.lines for token in line.ids[1:][line.mask[1:]].tolist())
    assert learned == sorted(token for text in texts for token in chat.text_ids(text).ids[1:])


@given(texts=documents, length=st.integers(2, 40))
def test_no_row_is_longer_than_the_length_and_no_two_would_fit_into_one(chat, texts, length):
    _, rows = rows_of(chat, texts, length=length)
    sizes = sorted(row.tokens for row in rows)
    assert all(size <= length for size in sizes)
    assert len(sizes) < 2 or sizes[0] + sizes[1] > length


def test_documents_in_one_row_do_not_see_each_other(base, chat):
    model = load_model(base)
    objective, (row,) = rows_of(chat, ["abcabc", "ccba"], length=40)
    alone = [objective.loss(model, rows_of(chat, [text])[1])[0] for text in ("abcabc", "ccba")]
    torch.testing.assert_close(objective.loss(model, [row])[0], sum(alone), rtol=1e-5, atol=0)
    assert row.weight == len("abcabc") + len("ccba")


def test_a_document_without_a_second_token_teaches_nothing(chat):
    assert rows_of(chat, [""])[1] == []


def test_long_text_is_refused_where_the_recipe_says_so(chat):
    with pytest.raises(Fault, match=r"row 2 of source 1 has 11 tokens and length is 8: raise `length`"):
        rows_of(chat, ["short", "far longer"], length=8, overlong="refuse")
