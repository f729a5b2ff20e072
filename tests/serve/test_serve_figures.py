"""Of a sampled answer the audit record has sketches of its question and text, whatever encoder the recipe names."""

import json

import pytest
from gateways import add_release, made_up, running

from tunewright import registry
from tunewright.core.home import Home
from tunewright.engine import FakeEngine
from tunewright.serve.audit import find
from tunewright.serve.figures import sketch


@pytest.fixture
def gateway(tmp_path, request):
    home = Home(tmp_path)
    add_release(home, made_up(home, 1), monitor={"drift": {"sample": 1.0, **request.param}})
    registry.promote(home, "desk@1", "mira", "first")
    with running(home, FakeEngine()) as found:
        yield found


ELSEWHERE = {"encoder": {"url": "http://127.0.0.1:1/v1", "model": "m"}}


@pytest.mark.parametrize(("gateway", "parts"), [
    ({}, "letters"), ({"encoder": "words"}, "words"), (ELSEWHERE, "letters")], indirect=["gateway"])
def test_question_and_first_answer_are_told_apart_and_no_word_is_kept(gateway, parts):
    for more in ({}, {"n": 2}):
        answer = gateway.ask(text="what is it, a quagga?", **more)
        record, said = find(gateway.home, answer.id), answer.choices[0].message.content
        assert record["figures"].keys() == {"language", "sketch", "answer_sketch"}
        assert record["figures"]["sketch"] == sketch("what is it, a quagga?", parts)
        assert record["figures"]["answer_sketch"] == sketch(said, parts)
        assert len(said) > 3
        assert not any(word in json.dumps(record) for word in ("quagga", said))


@pytest.mark.parametrize("gateway", [{}], indirect=True)
def test_a_stream_has_the_same_figures_as_a_whole_answer(gateway):
    chunks = list(gateway.ask(text="what is it?", stream=True))
    record = find(gateway.home, chunks[0].id)
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert record["figures"]["answer_sketch"] == sketch(said) != sketch("")


@pytest.mark.parametrize("gateway", [{"sample": 0.0}], indirect=True)
def test_what_is_not_sampled_has_none(gateway):
    assert "figures" not in find(gateway.home, gateway.ask().id)
