"""A model here says how likely each label is, and one by digest answers as the model that it is."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tunewright import data
from tunewright.core.errors import Fault, Undecided
from tunewright.core.home import Home
from tunewright.core.run import Run
from tunewright.data.drafts import engines
from tunewright.data.drafts.weigh import likeliest, shares
from tunewright.data.readers import review_file
from tunewright.engine import Refused, Request
from tunewright.recipe import DataSpec
from tunewright.recipe.engine import LocalSpec
from tunewright.recipe.label import LabelSpec

LABELS = ("long", "short", "none of both")


def asked(text: str) -> Request:
    return Request(messages=({"role": "user", "content": text},), new_tokens=4)


def test_a_label_is_as_likely_as_the_model_finds_it(tmp_path: Path) -> None:
    spec, home = LocalSpec(kind="hf"), Home(tmp_path)
    weigher = engines.weigher(spec, LABELS, tmp_path, home)
    try:
        one, other = (json.loads(answer.text) for answer in weigher.generate([asked("ab"), asked("abc")]))
        with pytest.raises(Refused, match="show fewer"):
            weigher.generate([asked("ab " * 5000)])
    finally:
        weigher.close()
    assert sum(one) == pytest.approx(1) and sum(other) == pytest.approx(1)
    assert len(one) == 3 and one != other


@given(st.lists(st.floats(0, 800), min_size=1, max_size=8), st.floats(-50, 50))
def test_probabilities_add_up_to_one_and_follow_the_likelihoods(nats: list[float], shift: float) -> None:
    found = shares(nats)
    assert math.isclose(sum(found), 1)
    assert found.index(max(found)) == nats.index(min(nats)) or max(found) == found[nats.index(min(nats))]
    assert shares([one + shift for one in nats]) == pytest.approx(found)


def test_an_answer_that_is_none_names_no_label() -> None:
    assert likeliest("", LABELS) == (None, 0.0)
    assert likeliest("[0.2, 0.5, 0.3]", LABELS) == ("short", 0.5)


def test_labels_by_probability_are_drafts_and_are_weighed_once(run: Run, folder: Path, home: Home,
                                                              said: list[str]) -> None:
    (folder / "a.jsonl").write_text("".join(json.dumps({"text": f"w{at}", "label": "long"}) + "\n" for at in range(9)))
    (folder / "rows.csv").write_text("text\nab\nabc\nabd\n")
    declared = {"license": "proprietary", "basis": "contract"}
    wanted: dict[str, Any] = {"sources": [
        {**declared, "path": "a.jsonl", "format": {"prompt": "text", "response": "label"}},
        {**declared, "kind": "label", "path": "named.jsonl", "unlabelled": "rows.csv", "labels": LABELS,
         "engine": {"kind": "hf"}, "confidence": "probability", "confidence_at_least": 0}]}
    for _ in range(2):
        with pytest.raises(Undecided):
            data.make(DataSpec.model_validate(wanted), "desk", folder, run)
        found = review_file.read(folder / "named.jsonl", "named.jsonl")
        assert len(found.drafts) == 3 and all((one.confidence or 0) >= 1 / 3 for one in found.drafts)
        (folder / "named.jsonl").unlink()
    assert sum("asking" in line for line in said) == 1


def test_a_probability_is_known_of_a_model_here_only() -> None:
    with pytest.raises(ValidationError, match="needs engine `hf`"):
        LabelSpec.model_validate({"kind": "label", "path": "a.jsonl", "license": "proprietary", "basis": "contract",
                                  "unlabelled": "b.csv", "labels": ["a", "b"], "confidence": "probability",
                                  "engine": {"kind": "fake", "answers": ["a"]}})


def test_a_base_here_answers_and_a_model_of_another_base_does_not(tmp_path: Path) -> None:
    home = Home(tmp_path)
    engine = engines.opened(LocalSpec(kind="hf"), tmp_path, home)
    try:
        assert engine.generate([asked("ab")])[0].tokens_out <= 4
    finally:
        engine.close()
    model = {"record": "model", "name": "m", "spec": "0", "base": "1" * 64, "base_name": "other", "dataset": "2" * 64,
             "method": "lora", "adapter": True, "files": "3" * 64, "trainable": 1, "parameters": 2, "metrics": {}}
    digest = home.store.put(json.dumps(model).encode())
    with pytest.raises(Fault, match="was trained on other"):
        engines.opened(LocalSpec(kind="hf", model=digest), tmp_path, home)
