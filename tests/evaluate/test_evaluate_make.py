"""Make: with a real engine the arms are the real models; with nothing changed there is no work."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tunewright import evaluate
from tunewright.base import Base, find, load_model, load_tokenizer
from tunewright.core.errors import Fault
from tunewright.core.items import read_items
from tunewright.core.records import Model
from tunewright.core.run import Run, start
from tunewright.engine.chat import Chat
from tunewright.recipe import BaseSpec, EvaluateSpec

Build = Callable[..., Any]


@pytest.fixture(scope="module")
def base() -> Base:
    return find(BaseSpec(name="tiny", weights="random"), Path())


@pytest.fixture
def adapted(base: Base, run: Run, tmp_path: Path) -> Model:
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        network = get_peft_model(load_model(base), LoraConfig(r=4, target_modules=["q_proj", "v_proj"],
                                                              init_lora_weights=False, task_type="CAUSAL_LM"))
    network.save_pretrained(tmp_path / "adapter")
    return Model(name="x", spec="s", base=base.digest, base_name="tiny", dataset="d", method="lora", adapter=True,
                 files=run.home.store.put_folder(tmp_path / "adapter"), trainable=1, parameters=1, metrics={})


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_real_arms_answer_and_are_scored_and_a_second_time_nothing_is_done(
        base: Base, run: Run, dataset: Build, asked_example: Build, adapted: Model, tmp_path: Path) -> None:
    examples = [asked_example(f"Say {at}.", f"number {at}") for at in range(6)]
    data = dataset(examples[:2], examples[2:])
    spec = EvaluateSpec(suites=("task",), scorers=("exact", "chrf", "loss"), new_tokens=6, shots=1)
    made = evaluate.make(spec, base, adapted, data, "x", tmp_path, run)
    assert made.arms == ("majority", "base", "prompted", "tuned")
    item = next(row for row in read_items(run.home.store, made) if row.arm == "base")
    assert item.scores["loss"] == pytest.approx(loss(base, item.prompt, item.expected or ""), rel=1e-4)
    losses = {one.arm: one.value for one in made.metrics if one.name == "task/loss"}
    assert losses["tuned"] != pytest.approx(losses["base"], rel=1e-3)
    again = start(run.home, "tester")
    assert evaluate.make(spec, base, adapted, data, "x", tmp_path, again) == made
    assert again.fresh == []


def loss(base: Base, prompt: tuple[dict[str, Any], ...], answer: str) -> float:
    """Mean nats a supervised token, computed plainly."""
    rendered = Chat(load_tokenizer(base)).example_ids((*prompt, {"role": "assistant", "content": answer}))
    ids = torch.tensor(rendered.ids)
    with torch.no_grad():
        logits = load_model(base)(input_ids=ids[None]).logits[0]
    learned = torch.tensor(rendered.mask[1:])
    return float(torch.nn.functional.cross_entropy(logits[:-1][learned], ids[1:][learned]))


def write(folder: Path, content: str) -> Path:
    (folder / "schema.json").write_text(content)
    return folder


@pytest.mark.parametrize(("content", "said"), [
    ("{", "is not JSON"), ("[]", "holds no JSON object"), ('{"type": "objekt"}', "is no JSON Schema")])
def test_a_schema_that_is_none_is_refused(content: str, said: str, tmp_path: Path) -> None:
    spec = EvaluateSpec(scorers=("json_schema",), json_schema="schema.json")
    with pytest.raises(Fault, match=said):
        evaluate.check(spec, write(tmp_path, content))


def test_a_missing_schema_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="needs a schema"):
        evaluate.check(EvaluateSpec(scorers=("json_schema",)), tmp_path)
    with pytest.raises(Fault, match="cannot be read"):
        evaluate.check(EvaluateSpec(scorers=("json_schema",), json_schema="none.json"), tmp_path)


def test_a_good_schema_is_taken(tmp_path: Path) -> None:
    spec = EvaluateSpec(scorers=("json_schema",), json_schema="schema.json")
    evaluate.check(spec, write(tmp_path, json.dumps({"type": "object"})))
