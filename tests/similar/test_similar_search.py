"""Search: what is reported is true to the last digit, and little is missed."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tunewright.recipe.duplicates import CharactersSpec, Shingle, WordsSpec
from tunewright.similar import banding, search, shingles, signatures
from tunewright.similar.search import LEADERS, PARTNERS, Pairs, candidates


def pairs(texts: list[str], shingle: Shingle, threshold: float) -> Pairs:
    """The pairs of `texts`, prepared in two batches as the stage would."""
    half = len(texts) // 2
    bands = np.concatenate([signatures(shingles(some, shingle), banding(threshold))
                            for some in (texts[:half], texts[half:])])
    return search(bands, lambda rows: [texts[row] for row in rows], shingle, threshold)


@given(st.lists(st.text("ab", min_size=3, max_size=14), min_size=2, max_size=12), st.floats(0.5, 0.95))
def test_every_pair_reported_is_as_similar_as_it_says(alike: Any, texts: list[str], threshold: float) -> None:
    shingle = CharactersSpec(characters=2)
    found = pairs(texts, shingle, threshold)
    reported = list(zip(found.later.tolist(), found.earlier.tolist(), strict=True))
    assert len(set(reported)) == len(reported)
    for (later, earlier), similarity in zip(reported, found.similarity.tolist(), strict=True):
        assert earlier < later
        assert similarity == alike(texts[later], texts[earlier], shingle) >= threshold


@given(st.lists(st.text("abc", min_size=1, max_size=8), min_size=2, max_size=12))
def test_equal_texts_are_always_found(texts: list[str]) -> None:
    found = pairs(texts, CharactersSpec(), 0.9)
    equal = {(later, earlier) for later in range(len(texts)) for earlier in range(later)
             if texts[later] == texts[earlier]}
    assert equal <= set(zip(found.later.tolist(), found.earlier.tolist(), strict=True))


def test_texts_without_letters_are_like_nothing() -> None:
    assert len(pairs(["", "?!", "   ", ""], CharactersSpec(), 0.8).later) == 0


def test_thousands_of_like_texts_cost_a_multiple_of_their_number() -> None:
    bands = np.ones((3000, 2), np.uint32)
    found = [len(later) for _, later, _ in candidates(bands)]
    assert sum(found) == sum(min(at, LEADERS) for at in range(3000))


@given(st.integers(1, 60), st.data())
def test_candidates_are_the_pairs_that_share_a_band(rows: int, data: st.DataObject) -> None:
    bands = np.array(data.draw(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=rows,
                                        max_size=rows)), np.uint32)
    found = [pair for _, later, earlier in candidates(bands)
             for pair in zip(later.tolist(), earlier.tolist(), strict=True)]
    share = {(later, earlier) for later in range(rows) for earlier in range(later)
             if ((bands[later] == bands[earlier]) & (bands[later] > 0)).any()}
    assert len(found) == len(set(found))
    assert set(found) == share if rows <= LEADERS else set(found) <= share


def test_the_known_leaks_of_banking77_are_found_and_no_other(real_data: Path, alike: Any) -> None:
    read = {part: [row["text"] for row in csv.DictReader(StringIO((real_data / "banking77" / f"{part}.csv")
                                                                  .read_bytes().decode()))]
            for part in ("test", "train")}
    texts, held = read["test"] + read["train"], len(read["test"])
    found = pairs(texts, CharactersSpec(), 0.8)
    leak = (found.later >= held) & (found.earlier < held)
    later, earlier = found.later[leak].tolist(), found.earlier[leak].tolist()
    assert all(alike(texts[one], texts[other], CharactersSpec()) >= 0.8
               for one, other in zip(later, earlier, strict=True))
    # By brute force there are 176 rows of test in 206 pairs.
    assert 0.98 * 176 <= len(set(earlier)) <= 176
    assert 0.98 * 206 <= len(earlier) <= 206


def test_gsm8k_has_no_near_leak_where_question_and_answer_are_compared(real_data: Path) -> None:
    read = {part: [json.loads(line) for line in (real_data / "gsm8k" / f"{part}.jsonl").read_text("utf-8").splitlines()]
            for part in ("test", "train")}
    for columns, known in ((("question", "answer"), 0), (("question",), 1)):
        told = {part: ["\n".join(row[column] for column in columns) for row in rows] for part, rows in read.items()}
        found = pairs(told["test"] + told["train"], WordsSpec(), 0.5)
        held = len(told["test"])
        # One question of test is half of two in train, whose numbers and answers are others.
        assert len(set(found.earlier[(found.later >= held) & (found.earlier < held)].tolist())) == known


LONG = "please move all of the euros from my savings to my checking account today, said the customer in letter"


def test_thousands_of_like_texts_take_room_for_a_few_pairs_each_and_hide_no_partner_in_front() -> None:
    texts = [f"{LONG} {at}" for at in range(300)]
    shares: list[float] = []
    bands = signatures(shingles(texts, CharactersSpec()), banding(0.8))
    found = search(bands, lambda rows: [texts[row] for row in rows], CharactersSpec(), 0.8, front=2, tell=shares.append)
    assert np.bincount(found.later).max() == 2 + PARTNERS
    reported = set(zip(found.later.tolist(), found.earlier.tolist(), strict=True))
    assert {(later, 0) for later in range(1, 300)} <= reported
    assert shares == sorted(shares) and shares[-1] == 1
