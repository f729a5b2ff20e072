"""Every shipped recipe is a test: it loads, its data prepares, and the loss is proven to see the right tokens."""

import json
import runpy
import shutil
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from jsonschema import Draft202012Validator

from tunewright.base import find, load_tokenizer
from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS, pick, read_examples
from tunewright.core.home import Home
from tunewright.core.run import start
from tunewright.data import lint, make
from tunewright.engine.chat import Chat
from tunewright.recipe import Recipe, load
from tunewright.verbs import schema

ROOT = Path(__file__).resolve().parents[1]
RECIPES = ROOT / "recipes"
DATA = RECIPES / "data"
SHIPPED = sorted(RECIPES.glob("*.yaml"))
KEYS = ["issue", "rider", "bike", "station", "charge"]


def here(recipe: Recipe) -> bool:
    """Whether the recipe's files are on this machine; real data lies outside the project."""
    return all((RECIPES / source.path).exists() for source in recipe.data.sources)


def tickets(name: str) -> list[SimpleNamespace]:
    rows = [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]
    return [SimpleNamespace(template=row["template"], message=row["messages"][0]["content"],
                            answer=json.loads(row["messages"][1]["content"])) for row in rows]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_recipe_loads_prepares_and_is_proven(path: Path, tmp_path: Path) -> None:
    recipe = load(path).recipe
    if not here(recipe):
        pytest.skip(f"skipped the data of {path.name}: it is not on this machine")
    home = Home(tmp_path)
    dataset = make(recipe.data, recipe.name, RECIPES, start(home, "tester"))
    assert all(dataset.counts[part] > 0 for part in PARTS)
    assert dataset.counts["refused"] == 0
    tokenizer, training = load_tokenizer(find(recipe.base, RECIPES)), read_examples(home.store, dataset, "train")
    for phase in recipe.train:
        examples = pick(training, phase.shapes, phase.objective)
        assert lint.prove(examples, Chat(tokenizer), phase.length, phase.turns).findings == ()
    assert {example.shape for example in training} <= {shape for phase in recipe.train for shape in phase.shapes}
    answers = {example.answer or "" for example in read_examples(home.store, dataset, "test")}
    # An arm may say the longest expected answer and end it.
    assert max(len(tokenizer(answer)["input_ids"]) for answer in answers) < recipe.evaluate.new_tokens


def test_the_tickets_are_what_their_generator_makes(tmp_path: Path) -> None:
    runpy.run_path(str(RECIPES / "make_tickets.py"))["main"](tmp_path)
    for name in ("tickets.jsonl", "tickets_test.jsonl", "tickets_slipped.jsonl"):
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()


def test_the_replies_are_what_their_generator_makes(tmp_path: Path) -> None:
    runpy.run_path(str(RECIPES / "make_replies.py"))["main"](tmp_path)
    for name in ("replies.jsonl", "tastes.jsonl", "tastes_test.jsonl"):
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()


def test_no_note_of_the_test_pairs_is_learned_from() -> None:
    def notes(name: str) -> set[str]:
        return {json.loads(line).get("prompt") for line in (DATA / name).read_text("utf-8").splitlines()}

    assert notes("tastes.jsonl") & notes("tastes_test.jsonl") == set()


def test_every_ticket_says_what_its_answer_says() -> None:
    schema = Draft202012Validator(json.loads((DATA / "ticket.schema.json").read_text("utf-8")))
    for ticket in tickets("tickets.jsonl") + tickets("tickets_test.jsonl"):
        schema.validate(ticket.answer)
        assert list(ticket.answer) == KEYS
        assert ticket.template.startswith(ticket.answer["issue"])
        for key in KEYS[1:]:
            assert ticket.answer[key] is None or str(ticket.answer[key]) in ticket.message


def test_no_phrase_family_name_or_station_of_the_test_tickets_is_in_the_training_tickets() -> None:
    def said(name: str) -> dict[str, set[str]]:
        rows = tickets(name)
        return {"template": {row.template for row in rows},
                "family": {row.answer["rider"].split()[-1] for row in rows if row.answer["rider"]},
                "station": {row.answer["station"] for row in rows if row.answer["station"]}}

    known, held = said("tickets.jsonl"), said("tickets_test.jsonl")
    assert {kind: known[kind] & held[kind] for kind in known} == {"template": set(), "family": set(), "station": set()}


def test_the_slipped_tickets_hold_the_right_answers_one_row_too_low() -> None:
    rows = tickets("tickets_slipped.jsonl")
    wrong = [row for row in rows if any(value and str(value) not in row.message
                                        for key, value in row.answer.items() if key != "issue")]
    assert len(wrong) > 0.8 * len(rows)
    assert Counter(row.template.split("-")[0] for row in rows) == Counter(row.answer["issue"] for row in rows)


def test_the_worse_recipe_differs_only_in_what_it_learns_from_and_how_long() -> None:
    good, worse = (load(RECIPES / f"{name}.yaml").recipe for name in ("support-desk", "support-desk-worse"))
    assert good.name == worse.name
    assert good.data.sources[1] == worse.data.sources[1]
    assert set(worse.gate) <= set(good.gate)


def test_the_scratch_recipe_learns_from_the_same_data_as_the_tuned_one() -> None:
    tuned, scratch = (load(RECIPES / f"{name}.yaml").recipe for name in ("support-desk", "support-desk-scratch"))
    assert scratch.data == tuned.data
    assert scratch.base.weights == "random"


def test_the_schema_that_editors_read_is_that_of_this_version() -> None:
    kept = json.loads((RECIPES / "recipe.schema.json").read_text("utf-8"))
    assert kept == schema(), "make it again: tunewright schema > recipes/recipe.schema.json"
    assert {path.read_text("utf-8").splitlines()[0] for path in SHIPPED} == {
        "# yaml-language-server: $schema=recipe.schema.json"}


def test_a_recipe_whose_data_is_missing_says_so(tmp_path: Path) -> None:
    shutil.copy(RECIPES / "support-desk.yaml", tmp_path)
    loaded = load(tmp_path / "support-desk.yaml")
    with pytest.raises(Fault, match=r"data/tickets\.jsonl"):
        make(loaded.recipe.data, loaded.recipe.name, loaded.folder, start(Home(tmp_path), "tester"))
