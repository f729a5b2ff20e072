import json

import pytest
import torch
import yaml
from spell import train_once

from tunewright.base import load_adapter, load_model
from tunewright.recipe import PhaseSpec

IDS = torch.tensor([[5, 9, 30, 31, 40, 41, 7, 1]])


@pytest.fixture
def folder(home, base, dataset, tmp_path):
    def write(method):
        model = train_once(home, base, dataset, PhaseSpec(method=method, steps=4))
        return home.store.get_folder(model.files, tmp_path / method)

    return write


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")
def test_vanilla_peft_loads_the_adapter_with_equal_logits(home, base, dataset, folder):
    from peft import PeftModel

    path = folder("lora")
    model = PeftModel.from_pretrained(load_model(base), path).eval()
    with torch.no_grad():
        theirs, ours = model(input_ids=IDS).logits, load_adapter(load_model(base), path)(input_ids=IDS).logits
        plain = load_model(base)(input_ids=IDS).logits
    torch.testing.assert_close(theirs, ours, rtol=0, atol=1e-5)
    assert (theirs - plain).abs().max() > 1e-3, "the adapter does something"


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")
def test_what_was_trained_is_what_is_loaded(base, dataset, tmp_path, home):
    from peft import PeftModel

    from tunewright.core.examples import read_examples
    from tunewright.core.run import start
    from tunewright.train import export, fit, loop
    from tunewright.train.checkpoint import Shelf

    job = fit.prepare(PhaseSpec(steps=3), base, read_examples(home.store, dataset, "train"), [])
    course = loop.train(job, Shelf(tmp_path / "shelf", {}), start(home, "tester"))
    (tmp_path / "adapter").mkdir()
    export.write(tmp_path / "adapter", job, base, dataset, "spell", course)
    loaded = PeftModel.from_pretrained(load_model(base), tmp_path / "adapter").eval()
    with torch.no_grad():
        torch.testing.assert_close(loaded(input_ids=IDS).logits, job.model(input_ids=IDS).logits, rtol=0, atol=1e-5)


def test_transformers_loads_a_fully_trained_model(folder):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path = folder("full")
    assert AutoModelForCausalLM.from_pretrained(path)(input_ids=IDS).logits.shape == (1, 8, 262)
    assert AutoTokenizer.from_pretrained(path).chat_template


def test_the_folder_holds_no_path_of_this_machine_but_the_base_as_named(base, folder):
    path = folder("lora")
    config = json.loads((path / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == base.name
    assert sorted(file.name for file in path.iterdir()) == [
        "README.md", "adapter_config.json", "adapter_model.safetensors"]


@pytest.mark.parametrize(("method", "library"), [("lora", "peft"), ("full", "transformers")])
def test_the_card_names_base_licence_data_and_settings(base, dataset, folder, method, library):
    card = (folder(method) / "README.md").read_text()
    front = yaml.safe_load(card.split("---")[1])
    assert (front["library_name"], front["base_model"]) == (library, base.name)
    for said in ("apache-2.0", dataset.digest, base.digest, "words.csv", "CC0-1.0", f"| method | {method} |"):
        assert said in card
