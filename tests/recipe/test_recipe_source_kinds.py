"""Sources that an engine makes, as a recipe names them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tunewright.core.errors import Fault
from tunewright.recipe import load
from tunewright.recipe.label import LabelSpec
from tunewright.recipe.synthetic import SyntheticSpec

FILE = {"path": "a.jsonl", "license": "proprietary", "basis": "contract"}
FAKE = {"kind": "fake", "answers": ["x"]}
SYNTHETIC = {**FILE, "kind": "synthetic", "path": "made.jsonl", "seeds": "a.jsonl", "engine": FAKE}
LABEL = {**FILE, "kind": "label", "path": "named.jsonl", "unlabelled": "rows.csv", "labels": ["a", "b"], "engine": FAKE}


def loaded(folder: Path, *sources: dict[str, Any]) -> Any:
    recipe = {"name": "desk", "purpose": "p", "data": {"sources": list(sources)},
              "gate": [{"metric": "task/exact", "at_least": 0.1}]}
    (folder / "desk.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False))
    return load(folder / "desk.yaml").recipe.data.sources


def test_a_source_is_a_file_unless_it_says_otherwise(tmp_path: Path) -> None:
    file, synthetic, label = loaded(tmp_path, FILE, SYNTHETIC, LABEL)
    assert file.kind == "file"
    assert isinstance(synthetic, SyntheticSpec) and synthetic.part == "train" and synthetic.share == 0.3
    assert isinstance(label, LabelSpec) and label.labels == ("a", "b")


@pytest.mark.parametrize(("source", "sentence"), [
    ({**FILE, "kind": "syntetic"}, r"`data.sources\[0\].kind` is 'syntetic'.*did you mean `synthetic`"),
    ({**SYNTHETIC, "part": "test"}, r"`data.sources\[0\].part` is 'test', but must be `train`"),
    ({**SYNTHETIC, "shere": 0.2}, r"unknown key `data.sources\[0\].shere`: did you mean `share`"),
    ({key: value for key, value in SYNTHETIC.items() if key != "license"}, r"`data.sources\[0\].license` is missing"),
    ({**SYNTHETIC, "path": "hub:me/mine"}, r"`data.sources\[0\].path` is 'hub:me/mine': The review file"),
    ({**LABEL, "labels": ["one"]}, r"`data.sources\[0\].labels`"),
    ({**SYNTHETIC, "engine": {"kind": "fake"}}, r"`data.sources\[0\].engine.answers` is missing"),
])
def test_what_is_wrong_is_told_of_the_kind_that_was_meant(source: dict[str, Any], sentence: str,
                                                          tmp_path: Path) -> None:
    with pytest.raises(Fault, match=sentence):
        loaded(tmp_path, source)


def test_a_key_in_the_recipe_is_refused_and_not_repeated(tmp_path: Path) -> None:
    engine = {"kind": "openai", "url": "https://x/v1", "model": "m", "key": "sk-secret-0123"}
    with pytest.raises(Fault, match="environment variable") as told:
        loaded(tmp_path, {**SYNTHETIC, "engine": engine})
    assert "secret" not in str(told.value)
