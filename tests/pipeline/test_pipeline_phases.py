"""Recipes of several phases, from sources of several shapes to a release."""

import json

import pytest

from tunewright import pipeline
from tunewright.core.errors import Fault
from tunewright.core.home import find_home
from tunewright.lineage import walk
from tunewright.recipe import Recipe, load

DPO, REWARD = {"objective": "dpo", "steps": 2, "batch": 8, "rank": 2}, {"objective": "reward", "steps": 1}


def phased(recipe, folder, *phases: dict) -> Recipe:
    """The kitchen's recipe with a second source, of preferences, and these phases after the first."""
    rows = [{"prompt": f"w{at}", "chosen": "short", "rejected": "long"} for at in range(100, 130)]
    (folder / "likes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    written = load(recipe).recipe.model_dump(mode="json")
    likes = {"path": "likes.jsonl", "format": "preference", "license": "CC0-1.0", "basis": "contract"}
    written["data"]["sources"] = [*written["data"]["sources"], likes]
    written["train"] = [*written["train"], *phases]
    return Recipe.model_validate(written)


def test_phases_become_one_release_whose_lineage_names_each_model(recipe, tmp_path):
    release = pipeline.run(phased(recipe, tmp_path, DPO))
    kinds = [(link.kind, link.record.get("objective")) for link in walk(find_home(), release.digest)]
    assert [objective for kind, objective in kinds if kind == "model"] == ["dpo", "sft"]
    names = {path.name for path in (find_home().runs / "0001" / "train").iterdir()}
    assert names == {"metrics.jsonl", "metrics-1-sft.jsonl"}


def test_a_phase_without_examples_is_refused_before_anything_is_trained(recipe):
    written = load(recipe).recipe
    wanting = written.model_copy(update={"train": (*written.train, written.train[0].model_copy(
        update={"objective": "pretrain"}))})
    with pipeline.opened(wanting) as opened, pytest.raises(Fault, match="objective pretrain learns from text"):
        assert opened.release
    assert opened.run.fresh == ["data"]


def test_a_recipe_that_ends_with_a_reward_model_is_refused_before_anything_is_trained(recipe, tmp_path):
    with (pipeline.opened(phased(recipe, tmp_path, REWARD)) as opened,
          pytest.raises(Fault, match=r"the last phase leaves a reward model.*`tunewright train`")):
        assert opened.release
    assert opened.run.fresh == ["data"]
