"""Items are kept as they are, whatever a model answered."""

from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.items import Item, dump_items, load_items
from tunewright.core.visible import whole

words = st.text(st.characters(exclude_categories=()), max_size=40)
items = st.builds(Item, suite=st.just("task"), item=st.just("0"), arm=st.just("tuned"),
                  prompt=words.map(lambda text: ({"role": "user", "content": text},)), expected=st.none() | words,
                  answer=st.none() | words, group=st.none() | words, scores=st.just({"exact": 0.5}))


def told(item: Item) -> tuple[str | None, ...]:
    texts = (item.prompt[0]["content"], item.expected, item.answer, item.group)
    return tuple(text if text is None else whole(text) for text in texts)


@given(st.lists(items, max_size=4))
def test_items_are_read_as_they_were_written_but_for_half_characters(kept: list[Item]) -> None:
    read = load_items(dump_items(kept))
    assert [told(item) for item in read] == [told(item) for item in kept]
    assert [item.scores for item in read] == [item.scores for item in kept]


def test_a_megabyte_and_broken_bytes_are_an_answer_like_any_other() -> None:
    (read,) = load_items(dump_items([Item("task", "0", "tuned", answer="\ud800" + "é\n\u2028" * 300_000)]))
    assert read.answer == "\ufffd" + "é\n\u2028" * 300_000
