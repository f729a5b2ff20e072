"""Personal data in prompts and answers: masked or refused as the release says, on streams too."""

import json
from dataclasses import replace

import httpx
import openai
import pytest
from gateways import add_release, made_up, running

from tunewright import registry
from tunewright.core.home import Home
from tunewright.engine import FakeEngine
from tunewright.serve.audit import find, folder

MAIL = "mira@example.org"
SAID = f"Write to {MAIL} or call us, please"


class Echo(FakeEngine):
    """Remembers what it was asked; says what it was made to say."""

    offers = frozenset({"tools", "logprobs"})

    def __init__(self, *answers, more=None):
        super().__init__(answers=answers)
        self.asked, self.more = [], more

    async def stream(self, request):
        self.asked.append(request)
        async for piece in super().stream(request):
            yield replace(piece, more=self.more if piece.finish else None)


@pytest.fixture
def desk(tmp_path):
    """Makes a home whose live release has this policy."""
    def made(**policy):
        home = Home(tmp_path)
        add_release(home, made_up(home, 1), policy=policy)
        registry.promote(home, "desk@1", "mira", "first")
        return home
    return made


def streamed(events):
    return "".join(event.choices[0].delta.content or "" for event in events)


def test_the_model_sees_labels_and_so_does_the_client(desk):
    home, engine = desk(pii="mask"), Echo(SAID)
    with running(home, engine) as gateway:
        answer = gateway.ask(text=f"I am {MAIL}, card 4111 1111 1111 1111")
        assert engine.asked[-1].messages[0]["content"] == "I am [EMAIL], card [CARD]"
        assert answer.choices[0].message.content == "Write to [EMAIL] or call us, please"
        assert streamed(gateway.ask(stream=True)) == "Write to [EMAIL] or call us, please"
        assert find(home, answer.id)["pii"] == {"prompt": {"email": 1, "card": 1}, "answer": {"email": 1}}
        page = httpx.get(f"{gateway.url}/metrics").text
        assert 'tunewright_pii_masked_total{kind="email",release="desk@1"} 3.0' in page


def test_every_text_of_a_conversation_is_masked_and_raw_text_too(desk):
    engine = Echo("fine")
    with running(desk(pii="mask"), engine) as gateway:
        call = {"id": "1", "type": "function", "function": {"name": "look", "arguments": json.dumps({"to": MAIL})}}
        gateway.client.chat.completions.create(model="desk", messages=[
            {"role": "system", "content": MAIL}, {"role": "user", "content": [{"type": "text", "text": MAIL}]},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "1", "content": MAIL}])
        gateway.client.completions.create(model="desk", prompt=f"to {MAIL}")
    assert MAIL not in str(engine.asked)
    assert engine.asked[-1].prompt == "to [EMAIL]"
    assert str(engine.asked[-2]).count("[EMAIL]") == 4


def test_a_policy_that_refuses_answers_neither(desk):
    engine = Echo("fine", SAID)
    with running(desk(pii="refuse"), engine) as gateway:
        assert gateway.ask().choices[0].message.content == "fine"
        with pytest.raises(openai.BadRequestError) as caught:
            gateway.ask(text=MAIL)
        assert caught.value.code == "pii_refused"
        assert MAIL not in str(caught.value)
        assert len(engine.asked) == 1
        with pytest.raises(openai.UnprocessableEntityError) as caught:
            gateway.ask(seed=1)
        assert caught.value.code == "pii_withheld"
        with pytest.raises(openai.APIError) as broken:
            told = []
            for event in gateway.ask(seed=1, stream=True):
                told.append(event)
        assert MAIL not in streamed(told)
        assert MAIL not in str(broken.value)


def test_arguments_of_tools_are_masked_when_they_are_whole(desk):
    parts = [{"index": 0, "id": "c", "function": {"name": "mail", "arguments": '{"to": "mira@exa'}},
             {"index": 0, "function": {"arguments": 'mple.org"}'}}]
    tools = [{"type": "function", "function": {"name": "mail"}}]
    with running(desk(pii="mask"), Echo("", more={"tool_calls": parts})) as gateway:
        calls = gateway.ask(tools=tools).choices[0].message.tool_calls
        assert calls[0].function.arguments == '{"to": "[EMAIL]"}'
        events = list(gateway.ask(tools=tools, stream=True))
        told = [call.function.arguments for event in events for call in event.choices[0].delta.tool_calls or ()]
        assert told == ['{"to": "[EMAIL]"}']


def test_logprobs_are_refused_where_answers_are_masked(desk):
    with running(desk(pii="mask"), Echo("a")) as gateway, pytest.raises(openai.UnprocessableEntityError) as caught:
        gateway.ask(logprobs=True)
    assert caught.value.param == "logprobs"


def test_without_a_policy_nothing_is_looked_for_and_no_text_is_kept(desk):
    home, engine = desk(), Echo(SAID)
    with running(home, engine) as gateway:
        answer = gateway.ask(text=MAIL)
        assert answer.choices[0].message.content == SAID
        assert engine.asked[-1].messages[0]["content"] == MAIL
    [path] = folder(home).glob("*.jsonl")
    assert MAIL not in path.read_text()


def test_the_text_that_is_kept_is_the_text_that_was_let_through(desk):
    home = desk(pii="mask", audit="text")
    with running(home, Echo(SAID)) as gateway:
        line = find(home, gateway.ask(text=f"I am {MAIL}").id)
    assert line["prompt"] == [{"role": "user", "content": "I am [EMAIL]"}]
    assert line["answer"] == ["Write to [EMAIL] or call us, please"]
