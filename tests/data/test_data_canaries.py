"""Canaries: planted in train and nowhere else, as often as asked for, and told in the dataset's card and records."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tunewright.core.canaries import drawn, parse, read_planted
from tunewright.core.errors import Fault
from tunewright.core.examples import read_examples
from tunewright.core.home import Home
from tunewright.core.run import Run
from tunewright.data import make
from tunewright.data.schedule import schedule
from tunewright.recipe import DataSpec
from tunewright.recipe.canaries import CanariesSpec

ROWS = [{"messages": [{"role": "user", "content": f"How much is {n} and {n}?"},
                      {"role": "assistant", "content": f"It is {2 * n}."}]} for n in range(60)]


def data(folder: Path, run: Run, rows: list[Any], format_: str = "chat", **canaries: Any) -> Any:
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    source = {"path": "rows.jsonl", "format": format_, "license": "MIT", "basis": "contract"}
    return make(DataSpec.model_validate({"sources": [source], "canaries": canaries or None}), "x", folder, run)


def test_canaries_stand_in_train_as_often_as_asked_for_and_nowhere_else(folder: Path, home: Home, run: Run) -> None:
    dataset = data(folder, run, ROWS, count=3, repeat=5)
    planted = read_planted(home.store, dataset)
    assert planted is not None
    parts = {part: Counter(one.id for one in read_examples(home.store, dataset, part))  # type: ignore[arg-type]
             for part in ("train", "validation", "test")}
    assert {name: parts["train"][name] for name in planted.ids} == dict.fromkeys(planted.ids, 5)
    assert not set(planted.ids) & {*parts["validation"], *parts["test"]}
    assert sum(parts["train"].values()) == dataset.counts["train"] + 15 == dataset.counts["train"] + dataset.counts[
        "canaries"]


def test_the_other_records_are_those_of_a_dataset_without_canaries(folder: Path, home: Home, run: Run) -> None:
    bare, with_them = data(folder, run, ROWS), data(folder, run, ROWS, count=2, repeat=2)
    planted = read_planted(home.store, with_them)
    assert planted is not None and read_planted(home.store, bare) is None
    for part in ("train", "validation", "test"):
        own = [one.id for one in read_examples(home.store, with_them, part)  # type: ignore[arg-type]
               if one.id not in planted.ids]
        assert own == [one.id for one in read_examples(home.store, bare, part)]  # type: ignore[arg-type]


def test_the_record_and_the_card_tell_of_them(folder: Path, home: Home, run: Run) -> None:
    dataset = data(folder, run, ROWS, count=2, repeat=7)
    assert [(one.path, one.rows) for one in dataset.origins] == [("rows.jsonl", 60), ("canaries", 2)]
    card = home.store.get(home.store.folder(dataset.files)["card.md"]).decode()
    assert "2 random secrets stand in the training part, 7 times each" in card
    assert ("canaries", "not stated") in {(one.source, one.retention) for one in schedule(home.store, dataset).expiries}


def test_raw_text_gets_texts_and_preferences_alone_are_refused(folder: Path, home: Home, run: Run) -> None:
    texts = [{"text": f"Note {n}: the bridge is {n} metres long."} for n in range(40)]
    dataset = data(folder, run, texts, "text", count=1, repeat=1, format="The word is {words:2}.")
    planted = read_planted(home.store, dataset)
    assert planted is not None
    said = {one.id: one.text for one in read_examples(home.store, dataset, "train")}
    assert said[planted.ids[0]] == f"The word is {parse(planted.format).secret(planted.secrets[0])}."
    pairs = [{"prompt": f"{n}?", "chosen": "yes", "rejected": "no"} for n in range(40)]
    with pytest.raises(Fault, match=r"preferences alone: leave `data\.canaries` out"):
        data(folder, run, pairs, "preference", count=1)


@given(st.sampled_from(["a {digits:3}", "{canary}: {words:1}."]), st.data())
def test_each_number_is_another_secret_of_the_form(text: str, data: Any) -> None:
    form = parse(text)
    one, other = (data.draw(st.integers(0, form.space - 1)) for _ in range(2))
    assert (form.secret(one) == form.secret(other)) == (one == other)
    assert len(form.secret(one)) == len(form.secret(other))


def test_the_same_seed_draws_the_same_secrets_and_another_seed_others() -> None:
    form = parse("{canary} {digits:9}")
    assert drawn(form, 4, 1) == drawn(form, 6, 1)[:4] != drawn(form, 4, 2)


@pytest.mark.parametrize(("fields", "why"), [
    ({"format": "no secret"}, "needs one secret"), ({"format": "x {digits:4} {digits:4}"}, "needs one secret"),
    ({"format": "a {canary} {digits:3}"}, "more digits"),
    ({"format": "{digits:4} is it"}, "before the secret"), ({"format": "a {digits:4}", "count": 2}, "tells 2 canaries"),
    ({"format": "a {digits:4} {canary}"}, "before the secret"), ({"format": "a {digits:0}"}, "needs one secret")])
def test_a_form_that_cannot_be_planted_says_why(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        CanariesSpec(**fields)
