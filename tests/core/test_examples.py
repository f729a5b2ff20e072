"""Examples survive Parquet unchanged, and their identity is what they say."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.errors import Corrupt, Fault
from tunewright.core.examples import Example, make_example, read_examples, read_file, write_examples
from tunewright.core.records import Dataset
from tunewright.core.store import Store

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
messages = st.lists(st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": texts}),
                    min_size=1, max_size=4).map(tuple)
places = {"group": st.none() | texts, "label": st.none() | texts, "source": st.integers(0, 3),
          "row": st.integers(1, 10**9), "fields": st.dictionaries(texts, texts, max_size=3)}
examples = st.one_of(
    st.fixed_dictionaries({"messages": messages, "tools": st.none() | st.just(({"type": "function"},)), **places}),
    st.fixed_dictionaries({"text": texts, **places}),
    st.fixed_dictionaries({"prompt": messages, "chosen": messages, "rejected": messages, **places}),
).map(lambda fields: make_example(**fields))


@given(rows=st.lists(examples, max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_examples_survive_parquet(rows: list[Example], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("part") / "train.parquet"
    write_examples(path, rows)
    assert list(read_file(path.read_bytes())) == rows


def test_equal_examples_give_equal_bytes(tmp_path: Path) -> None:
    rows = [make_example(text="one", row=1), make_example(text="two", row=2)]
    for name in ("a", "b"):
        write_examples(tmp_path / name, rows)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_identity_is_what_an_example_says_not_where_it_stands() -> None:
    here, there = make_example(text="a", row=1, group="x"), make_example(text="a", row=2, source=1, label="y")
    assert here.id == there.id != make_example(text="b").id


def test_the_answer_is_the_last_assistant_turn() -> None:
    turns = ({"role": "user", "content": "?"}, {"role": "assistant", "content": "no"},
             {"role": "user", "content": "??"}, {"role": "assistant", "content": "yes"})
    assert make_example(messages=turns).answer == "yes"
    assert make_example(text="raw").answer is None


def test_a_part_is_read_from_the_store_and_a_missing_one_is_named(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    (tmp_path / "files").mkdir()
    rows = [make_example(text="one")]
    write_examples(tmp_path / "files" / "train.parquet", rows)
    dataset = Dataset(name="d", spec="0" * 64, origins=(), files=store.put_folder(tmp_path / "files"), counts={})
    assert read_examples(store, dataset, "train") == rows
    with pytest.raises(Fault, match=r"no part test; it has train\.parquet"):
        read_examples(store, dataset, "test")


def test_a_part_that_is_no_parquet_is_called_corrupt() -> None:
    with pytest.raises(Corrupt, match="not the Parquet file"):
        list(read_file(json.dumps({"no": "parquet"}).encode()))
