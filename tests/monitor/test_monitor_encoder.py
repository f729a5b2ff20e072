"""An encoder is asked text by text; of its vectors little is kept, and that little still says what is alike."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))
from encoding import EncoderServer, answered

from tunewright.core.errors import Fault
from tunewright.monitor.encoder import Encoder, project

VECTORS = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=40)


@pytest.fixture
def server():
    made = EncoderServer()
    made.speaks.set()
    yield made
    made.close()


def test_each_text_is_told_in_its_place_and_one_that_is_refused_by_nothing(server):
    found = Encoder(server.spec).cells(["one", "toolong", "two"])
    assert found == [project(answered("one")["data"][0]["embedding"]), None,
                     project(answered("two")["data"][0]["embedding"])]
    assert sorted(server.shown) == ["one", "toolong", "two"]


def test_the_key_is_that_of_the_environment_and_without_it_nothing_begins(server, monkeypatch):
    spec = server.spec.model_copy(update={"key": "ENCODER_KEY"})
    with pytest.raises(Fault, match=r"ENCODER_KEY, which .* is not set"):
        Encoder(spec)
    monkeypatch.setenv("ENCODER_KEY", "a-secret")
    Encoder(spec).cells(["one"])
    assert server.keys == ["Bearer a-secret"]


@pytest.mark.parametrize("said", [
    {"data": []}, {"data": [{"embedding": []}]}, {"data": [{"embedding": [1.0, None]}]}, {"choices": []},
    {"data": [{"embedding": "AAAA"}]}, {"data": [{"embedding": [1e999]}]}])
def test_what_is_no_embedding_is_a_fault_of_the_address(server, said):
    server.said = said
    with pytest.raises(Fault, match="answers no embedding"):
        Encoder(server.spec).cells(["one"])


def test_only_the_beginning_of_a_long_text_is_shown(server):
    Encoder(server.spec).cells(["x" * 9_000])
    assert len(server.shown[0]) == 2_000


@settings(max_examples=50, deadline=None)
@given(VECTORS, st.floats(1e-3, 1e3))
def test_what_is_kept_is_a_direction_in_small_whole_numbers(vector, factor):
    kept = project(vector)
    assert len(kept) == 32
    assert all(abs(cell) <= 100 * len(vector) ** 0.5 for cell in kept)
    assert max(abs(a - b) for a, b in zip(kept, project([factor * one for one in vector]), strict=True)) <= 1


def test_distances_stay_about_as_they_were():
    dice = np.random.default_rng(0)
    for size in (64, 768):
        vectors = dice.normal(size=(40, size)) + dice.normal(size=size)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        kept = np.array([project(vector) for vector in vectors]) / 100
        pairs = np.triu_indices(40, 1)
        before, after = (((points[:, None] - points[None]) ** 2).sum(axis=2)[pairs] for points in (vectors, kept))
        assert np.median(after / before) == pytest.approx(1, abs=0.1)
        assert np.corrcoef(before, after)[0, 1] > 0.2
