import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from tunewright import recipe, start
from tunewright.core.errors import Fault
from tunewright.data.readers import KINDS
from tunewright.start import templates


@pytest.mark.parametrize("template", templates.KINDS)
def test_a_template_is_a_recipe_with_its_data(tmp_path, template):
    paths = start.write(tmp_path, template, "desk")
    loaded = recipe.load(paths[0])
    assert loaded.recipe.name == "desk"
    assert [path.name for path in paths][1] == loaded.recipe.data.sources[0].path
    assert all(path.is_file() for path in paths)
    assert paths[1].suffix in KINDS or paths[1].suffix.lstrip(".") in KINDS


@pytest.mark.parametrize("template", templates.KINDS)
def test_the_recipe_opens_with_the_schema_that_lies_beside_it(tmp_path, template):
    path = start.write(tmp_path, template, "desk")[0]
    assert path.read_text().splitlines()[0] == f"# yaml-language-server: $schema={templates.SCHEMA}"
    schema = json.loads((tmp_path / templates.SCHEMA).read_text())
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(yaml.safe_load(path.read_text()))) == []


def test_the_schema_refuses_what_the_recipe_refuses(tmp_path):
    written = yaml.safe_load(start.write(tmp_path, "classify", "desk")[0].read_text())
    errors = Draft202012Validator(start.schema()).iter_errors({**written, "metod": "lora"})
    assert ["metod" in error.message for error in errors] == [True]


def test_the_schema_tells_what_each_field_is():
    fields = start.schema()["$defs"]["PhaseSpec"]["properties"]
    assert [name for name, field in fields.items() if not field.get("description")] == []


def test_who_names_intents_begins_with_a_look_at_near_duplicates(tmp_path):
    # Two customers ask for the same thing in nearly the same words.
    assert recipe.load(start.write(tmp_path, "classify", "desk")[0]).recipe.data.duplicates.near == 0.8


def test_nothing_is_overwritten_without_force(tmp_path):
    (tmp_path / "tickets.jsonl").write_text("mine")
    with pytest.raises(Fault, match=r"tickets.jsonl is already there.*--force"):
        start.write(tmp_path, "ticket-to-json", "desk")
    assert [path.name for path in tmp_path.iterdir()] == ["tickets.jsonl"]
    start.write(tmp_path, "ticket-to-json", "desk", force=True)
    assert (tmp_path / "tickets.jsonl").read_text() != "mine"


def test_the_sample_is_the_same_every_time():
    assert templates.render("classify", "desk") == templates.render("classify", "desk")


@pytest.mark.parametrize(("template", "name", "sentence"), [
    ("clasify", "desk", "there is no template clasify: take classify"),
    ("classify", "My Desk", "'My Desk' is not a name for releases")])
def test_a_wrong_word_is_told_and_nothing_is_written(tmp_path, template, name, sentence):
    with pytest.raises(Fault) as fault:
        start.write(tmp_path, template, name)
    assert sentence in str(fault.value)
    assert list(tmp_path.iterdir()) == []
