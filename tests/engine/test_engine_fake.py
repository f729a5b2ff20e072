import asyncio

import pytest

from tunewright.core.errors import Fault
from tunewright.engine import KINDS, FakeEngine, Refused, Request

DIGEST = "ab" * 32


@pytest.fixture
def engine(tmp_path):
    (tmp_path / "weights").write_text("none")
    engine = FakeEngine()
    engine.load(DIGEST, tmp_path, adapter=True)
    return engine


async def stream(engine, request):
    return [piece async for piece in engine.stream(request)]


def test_every_piece_names_the_model_that_was_asked(engine):
    found = asyncio.run(stream(engine, Request(prompt="a", model=DIGEST, new_tokens=99)))
    assert len(found) == 8
    assert all(DIGEST[:12] in piece.text for piece in found)
    assert [piece.finish for piece in found] == [None] * 7 + ["stop"]


def test_a_streamed_answer_is_the_generated_one(engine):
    request = Request(messages=({"role": "user", "content": "one two"},), model=DIGEST, new_tokens=5)
    found = asyncio.run(stream(engine, request))
    [answer] = engine.generate([request])
    assert "".join(piece.text for piece in found) == answer.text
    assert (answer.tokens_in, answer.tokens_out, answer.finish) == (2, 5, "length")


def test_a_model_that_is_not_held_is_refused(engine):
    engine.unload(DIGEST)
    with pytest.raises(Refused, match="not loaded"):
        engine.generate([Request(prompt="a", model=DIGEST, new_tokens=1)])


def test_a_folder_without_files_is_no_model(engine, tmp_path):
    with pytest.raises(Fault, match="no files"):
        engine.load("cd" * 32, tmp_path / "missing", adapter=True)


def test_engines_are_chosen_by_name():
    assert set(KINDS) == {"fake", "hf"}
