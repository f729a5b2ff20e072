"""Shingles: equal runs have equal hashes, no run crosses from one text into the next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.recipe.duplicates import CharactersSpec, Shingle, WordsSpec
from tunewright.similar import shingles

kinds = st.one_of(st.integers(1, 5).map(lambda n: CharactersSpec(characters=n)),
                  st.integers(1, 3).map(lambda n: WordsSpec(words=n)))
texts = st.one_of(st.text("ab .", max_size=12), st.text("abé漢 .", max_size=12),
                  st.lists(st.integers(1, 40), max_size=4).map(lambda sizes: " ".join("a" * size for size in sizes)))
batches = st.lists(texts, min_size=1, max_size=6)


def sets(batch: list[str], shingle: Shingle) -> list[set[int]]:
    found = shingles(batch, shingle)
    return [set(found.hashes[start:start + size].tolist())
            for start, size in zip(found.starts, found.sizes, strict=True)]


@given(batches, kinds)
def test_neighbours_in_a_batch_change_nothing(batch: list[str], shingle: Shingle) -> None:
    assert sets(batch, shingle) == [sets([text], shingle)[0] for text in batch]


@given(texts, texts, kinds)
def test_sets_of_hashes_overlap_as_the_runs_do(alike: object, one: str, other: str, shingle: Shingle) -> None:
    left, right = sets([one, other], shingle)
    assert callable(alike)
    assert (len(left & right) / len(left | right) if left | right else 0.0) == alike(one, other, shingle)


@pytest.mark.parametrize(("text", "shingle", "count"), [
    ("abcde", CharactersSpec(), 2), ("abcd", CharactersSpec(), 1), ("ab", CharactersSpec(), 1),
    ("?!", CharactersSpec(), 0), ("", WordsSpec(), 0), ("one two", WordsSpec(), 1),
    ("one two three four", WordsSpec(words=3), 2)])
def test_a_short_text_is_one_shingle_and_an_empty_one_has_none(text: str, shingle: Shingle, count: int) -> None:
    assert shingles(["x y z", text, "x y z"], shingle).sizes.tolist()[1] == count


@pytest.mark.parametrize("size", [7, 8, 9, 16, 31, 32, 33, 64, 100_000])
def test_words_differ_in_every_letter_however_long(size: int) -> None:
    word = "a" * size
    last, first, longer, one, other = sets([f"{word}b", f"b{word}", f"{word}aa", f"{word}a", f"{word}a!"],
                                           WordsSpec())
    assert len(last | first | longer | one) == 4
    assert one == other


def test_a_short_text_is_not_the_start_of_a_longer_one() -> None:
    short, longer = sets(["ab", "abc"], CharactersSpec())
    assert not short & longer
