"""The gateway with a real network: `tiny` with random weights, two adapters, and the openai client."""

import json
import threading
import warnings
from types import SimpleNamespace

import pytest
import torch
from gateways import add_release, running, until

from tunewright import registry
from tunewright.base import find, load_model
from tunewright.core.home import Home
from tunewright.engine import Request
from tunewright.engine.hf import HfEngine
from tunewright.recipe import BaseSpec


def save_adapter(base, folder, seed):
    """A LoRA with random weights: its answers are its own."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model = get_peft_model(load_model(base), LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM"))
    for name, weight in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weight, std=0.2)
    model.save_pretrained(folder)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return find(BaseSpec(name="tiny", weights="random"), tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def home(base, tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("home"))
    for seed in (1, 2):
        folder = tmp_path_factory.mktemp("adapter")
        save_adapter(base, folder, seed)
        add_release(home, home.store.put_folder(folder), base=base.digest, new_tokens=24)
    registry.promote(home, "desk@1", "mira", "first")
    return home


@pytest.fixture
def gateway(home, base):
    with running(home, HfEngine(base, 8), base=base.digest) as found:
        yield found


def test_answers_over_http_are_the_engines_own_also_through_a_switch(gateway, home):
    want = {}
    for number in (1, 2):
        model = registry.resolve(home, f"desk@{number}").model
        gateway.ask(f"desk@{number}")
        [want[number]] = gateway.engine.generate([Request(
            messages=({"role": "user", "content": "hello"},), model=model, new_tokens=24)])
    assert want[1].text != want[2].text
    seen, stop = [], threading.Event()

    def client():
        while not stop.is_set():
            events = list(gateway.ask(stream=True))
            text = "".join(event.choices[0].delta.content or "" for event in events)
            seen.append((events[0].model, text))

    clients = [threading.Thread(target=client) for _ in range(3)]
    for each in clients:
        each.start()
    registry.promote(home, "desk@2", "mira", "better")
    until(lambda: ("desk@2", want[2].text) in seen, 60)
    registry.rollback(home, "desk", "mira", "worse")
    until(lambda: seen[-1][0] == "desk@1", 60)
    stop.set()
    for each in clients:
        each.join()
    assert set(seen) == {("desk@1", want[1].text), ("desk@2", want[2].text)}


def test_a_refused_prompt_is_400_with_a_code_and_on_record(gateway):
    import openai

    with pytest.raises(openai.BadRequestError) as caught:
        gateway.ask(text="x y " * 5000)
    assert (caught.value.code, caught.value.param) == ("context_length_exceeded", "messages")
    with pytest.raises(openai.BadRequestError):
        gateway.ask(text="x y " * 5000, stream=True)
    assert caught.value.response.headers["x-tunewright-release"] == "desk@1"


def test_a_client_that_goes_away_frees_its_place(gateway):
    events = [gateway.ask(stream=True, max_tokens=900) for _ in range(8)]
    for each in events:
        next(each)
        each.close()
    assert gateway.ask(max_tokens=2, timeout=30).usage.completion_tokens <= 2


def test_forms_and_forced_calls_are_seen_to_by_the_engine(gateway):
    import openai

    pytest.importorskip("llguidance")
    schema = {"type": "object", "properties": {"urgent": {"type": "boolean"}}, "required": ["urgent"],
              "additionalProperties": False}
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
    whole = gateway.ask(response_format=form, max_tokens=90).choices[0].message.content
    events = list(gateway.ask(response_format=form, max_tokens=90, stream=True))
    assert isinstance(json.loads(whole)["urgent"], bool)
    assert "".join(event.choices[0].delta.content or "" for event in events) == whole
    assert len(events) > 3, "it is not held until it is whole"
    tool = {"type": "function", "function": {"name": "file", "parameters": schema}}
    for more in ({"tool_choice": "required", "parallel_tool_calls": False},
                 {"tool_choice": {"type": "function", "function": {"name": "file"}}}):
        choice = gateway.ask(tools=[tool], max_tokens=90, **more).choices[0]
        [call] = choice.message.tool_calls
        assert (choice.finish_reason, call.function.name) == ("tool_calls", "file")
        assert isinstance(json.loads(call.function.arguments)["urgent"], bool)
    for more, param in (({"response_format": {**form, "json_schema": {"schema": {"not": {}}}}}, "response_format"),
                        ({"logit_bias": {"9999": 1}}, "logit_bias"),
                        ({"tool_choice": "required", "tools": []}, "tool_choice")):
        with pytest.raises(openai.APIStatusError) as caught:
            gateway.ask(**more)
        assert (caught.value.status_code, caught.value.code, caught.value.param) == (
            422, "unsupported_parameter", param)


def test_the_recipe_says_how_much_of_beginnings_is_kept(base, home):
    from tunewright.recipe import ServeSpec
    from tunewright.serve.engines import opened

    recipe = SimpleNamespace(base=base.spec)
    for kept, some in ((0, False), (1, True)):
        engine = opened(ServeSpec(hf={"beginnings": kept, "tokens": 2048}), {"desk": recipe}, base.digest, home, "cpu",
                        lambda *_: None)
        engine.generate([Request(prompt="a note of many words " * 9, new_tokens=1)])
        assert (engine._held.size > 0) is some
        engine.close()
