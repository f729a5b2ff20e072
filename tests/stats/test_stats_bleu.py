"""Corpus BLEU is sacrebleu's, for any weights that are whole numbers of items."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.stats.bleu import CorpusBleu

sacrebleu = pytest.importorskip("sacrebleu")
texts = st.lists(st.sampled_from(["the", "cat", "sat", "on", "a", "mat", "."]), max_size=9).map(" ".join)


@settings(max_examples=60)
@given(st.lists(st.tuples(texts, texts, st.integers(0, 2)), min_size=1, max_size=6))
def test_the_figure_is_sacrebleus(rows: list[tuple[str, str, int]]) -> None:
    answers, expected, weights = zip(*rows, strict=True)
    repeated = [(answer, other) for answer, other, weight in rows for _ in range(weight)]
    if repeated:
        known = sacrebleu.corpus_bleu([one for one, _ in repeated], [[other for _, other in repeated]]).score / 100
        assert CorpusBleu(answers, expected).score(np.asarray([weights], float))[0] == pytest.approx(known, abs=1e-9)
