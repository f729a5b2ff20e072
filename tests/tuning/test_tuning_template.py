"""A job gets the operator's recipe with its own name, records and settings, and nothing else of its own."""

import pytest

from tunewright.core.errors import Fault
from tunewright.recipe import Recipe
from tunewright.tuning import read
from tunewright.tuning.template import recipe

ASKED = {"name": "shop", "method": "supervised", "seed": 7, "hyperparameters": {"n_epochs": 2, "batch_size": "auto",
                                                                                "learning_rate_multiplier": 0.5}}


def test_a_job_has_the_operators_licence_gate_and_base(kitchen):
    template = read(kitchen)
    made = Recipe.model_validate(recipe(template, ASKED, 0.004, validation=False))
    intended = Recipe.model_validate(template.value)
    assert made.name == "shop"
    assert made.gate == intended.gate
    assert made.evaluate == intended.evaluate
    assert made.data.sources[0].license == "CC0-1.0"
    assert (made.data.sources[0].path, made.data.sources[0].format) == ("train.jsonl", "chat")
    assert made.base.name == str(kitchen.parent / "base")
    assert made.base.weights == "random"


def test_a_job_says_epochs_seed_and_how_much_faster_it_learns(kitchen):
    phase = Recipe.model_validate(recipe(read(kitchen), ASKED, 0.004, validation=False)).train[0]
    assert (phase.epochs, phase.seed, phase.learning_rate, phase.batch) == (2, 7, 0.002, 8)
    assert phase.steps is None
    assert (phase.objective, phase.method, phase.rank) == ("sft", "lora", 2)


def test_a_job_of_pairs_is_dpo_with_its_beta(kitchen):
    asked = ASKED | {"method": "dpo", "hyperparameters": {"beta": 0.3}}
    made = Recipe.model_validate(recipe(read(kitchen), asked, 0.004, validation=False))
    assert (made.train[0].objective, made.train[0].beta) == ("dpo", 0.3)
    assert made.data.sources[0].format == "preference"


def test_a_validation_file_is_a_source_that_is_held_out(kitchen):
    made = Recipe.model_validate(recipe(read(kitchen), ASKED, 0.004, validation=True))
    assert [source.part for source in made.data.sources] == [None, "validation"]


def test_a_recipe_of_several_sources_is_no_template(kitchen):
    text = kitchen.read_text()
    line = next(line for line in text.splitlines() if "words.csv" in line)
    kitchen.write_text(text.replace(line, f"{line}\n{line}"))
    with pytest.raises(Fault, match="one source of kind file"):
        read(kitchen)
