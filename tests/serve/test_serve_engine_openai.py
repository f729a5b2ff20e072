"""Our own gateway as an endpoint: the engine `openai` gets through it what the engine behind it says."""

import asyncio

from tunewright import registry
from tunewright.engine import FakeEngine, Request
from tunewright.engine.endpoint import Endpoint
from tunewright.engine.openai import OpenAiEngine


def test_an_endpoint_that_is_a_gateway_answers_as_the_engine_behind_it(gateway, tmp_path):
    digest = registry.live(gateway.home, "desk").model
    (tmp_path / "weights").write_text("none")
    behind = FakeEngine()
    behind.load(digest, tmp_path, adapter=True)
    engine = OpenAiEngine(Endpoint(url=f"{gateway.url}/v1", model="desk", key="none"), concurrency=3)
    messages = ({"role": "user", "content": "one two three"},)
    asked = [Request(messages=messages, new_tokens=count, temperature=0.5, seed=1) for count in range(1, 13)]
    expected = behind.generate([Request(messages=messages, new_tokens=count, model=digest) for count in range(1, 13)])

    async def streamed() -> list[str]:
        return [piece.text async for piece in engine.stream(asked[4])]

    try:
        answers = engine.generate(asked)
        pieces = asyncio.run(streamed())
    finally:
        engine.close()
    assert [(one.text, one.finish, one.tokens_in, one.tokens_out) for one in answers] == [
        (one.text, one.finish, one.tokens_in, one.tokens_out) for one in expected]
    assert "".join(pieces) == expected[4].text
