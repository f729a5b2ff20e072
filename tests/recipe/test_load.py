"""A recipe is read whole or refused in one sentence with file, line and the nearest right word."""

from pathlib import Path

import pytest

from tunewright.core.errors import Fault
from tunewright.recipe import ColumnsSpec, load

GOOD = """\
name: desk
purpose: Answer tickets.
data:
  sources:
    - path: tickets.csv
      format: {prompt: text, response: category}
      license: CC-BY-4.0
      basis: contract
train:
  - {objective: sft, method: lora, rank: 8}
gate:
  - {metric: task/exact, at_least: 0.5}
"""


def refuse(folder: Path, text: str | bytes) -> str:
    path = folder / "desk.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(Fault) as caught:
        load(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def test_a_good_recipe_keeps_its_values_and_its_folder(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(GOOD)
    loaded = load(tmp_path / "desk.yaml")
    assert loaded.folder == tmp_path.resolve()
    assert loaded.recipe.base.name == "tiny"
    assert loaded.recipe.train[0].rank == 8
    assert loaded.recipe.data.sources[0].format == ColumnsSpec(prompt="text", response="category")


def test_the_digest_does_not_depend_on_layout_or_comments(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text("# a comment\n" + GOOD.replace("{objective: sft, method: lora, rank: 8}",
                                                                  "{rank: 8, method: lora, objective: sft}"))
    assert load(tmp_path / "a.yaml").recipe.digest == load(tmp_path / "b.yaml").recipe.digest


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("method: lora", "metod: lora", "desk.yaml:10: unknown key `train[0].metod`: did you mean `method`?"),
    ("license: CC-BY-4.0", "licence: CC-BY-4.0",
     "desk.yaml:7: unknown key `data.sources[0].licence`: did you mean `license`?"),
    ("      license: CC-BY-4.0\n", "", "desk.yaml:5: `data.sources[0].license` is missing: SPDX identifier"),
    ("method: lora", "method: lorra", "did you mean `lora`?"),
    ("rank: 8", "rank: eight", "desk.yaml:10: `train[0].rank` is 'eight': should be a whole number"),
    ("purpose: Answer tickets.", "purpose: ~", "`purpose` is null: should be text."),
    ("name: desk", "name: Service Desk", "`name` is 'Service Desk': Name of the releases: lower-case letters, digits,"),
    ("  - {objective: sft, method: lora, rank: 8}", "  []", "`train`: is empty: give it at least one."),
    ("purpose: Answer", "base: 3\npurpose: Answer", "`base` is 3: should be a mapping"),
    ("rank: 8", "rank: 1" + "0" * 5000, "desk.yaml: a value cannot be read"),
    ("rank: 8", "rank: -8", "`train[0].rank` is -8: should be greater than 0"),
    ("response: category", "respons: category",
     "unknown key `data.sources[0].format.respons`: did you mean `response`?"),
    ("format: {prompt: text, response: category}", "format: chatt", "did you mean `chat`?"),
    ("at_least: 0.5", "at_least: 0.5, at_most: 1", "desk.yaml:12: `gate[0]`: a rule needs exactly one of"),
    ("name: desk", "name: Desk Two", "desk.yaml:1: `name` is 'Desk Two'"),
    ("purpose:", "purpose: x\npurpose:", "desk.yaml:3: key `purpose` stands twice (first in line 2)"),
    ("gate:\n  - {metric: task/exact, at_least: 0.5}\n", "", "`gate` is missing: rules over the report"),
    ("purpose: Answer", "evaluate: {slices: [label]}\npurpose: Answer",
     "`evaluate.slices` names label, which comes from `data.split.stratify`: set that, or leave it out"),
    ("purpose: Answer", "evaluate: {slices: [country]}\npurpose: Answer",
     "`evaluate.slices` names country, which is neither label, answer, length, group, source nor one of `data.fields`"),
    ("purpose: Answer", "purpose: [Answer", "not valid YAML"),
])
def test_a_fault_names_file_line_and_mend(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert expected in refuse(tmp_path, GOOD.replace(old, new))


@pytest.mark.parametrize(("text", "expected"), [
    ("", "empty"), ("- a\n- b\n", "a list"), ("hello", "a single value"),
    (b"name: \xff\xfe", "not UTF-8 at byte 6"), ("a: !!python/object:os.system {}", "plain YAML"),
    ("? {a: b}\n: c", "plain YAML"), ("&a [*a]", "list"),
])
def test_what_is_no_recipe_is_refused(tmp_path: Path, text: str | bytes, expected: str) -> None:
    assert expected in refuse(tmp_path, text)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="does not exist"):
        load(tmp_path / "none.yaml")
    with pytest.raises(Fault, match="is a folder"):
        load(tmp_path)


def test_every_field_of_a_recipe_is_described() -> None:
    from tunewright.recipe.explain import _at
    from tunewright.recipe.recipe import Recipe

    for section in ("", "base", "data", "data.sources", "data.split", "train", "evaluate", "gate", "serve"):
        for model in _at(tuple(section.split("."))) if section else [Recipe]:
            for field, content in model.model_fields.items():
                assert content.description, f"{model.__name__}.{field} has no docstring"


def test_one_wrong_key_in_a_list_is_one_fault(tmp_path: Path) -> None:
    assert "more after this one" not in refuse(tmp_path, GOOD.replace("method: lora", "metod: lora"))
    assert "(1 more after this one)" in refuse(tmp_path, GOOD.replace("method: lora", "metod: lora").replace(
        "basis: contract", "basis: because"))


@pytest.mark.timeout(60)
def test_aliases_that_stand_for_a_billion_values_are_refused_and_few_are_read(tmp_path: Path) -> None:
    levels = ["a0: &a0 [" + "x," * 9 + "]"]
    levels += [f"a{at}: &a{at} [" + f"*a{at - 1}," * 9 + "]" for at in range(1, 10)]
    assert "holds more than 100,000 values, its aliases written out" in refuse(tmp_path, "\n".join(levels))
    assert refuse(tmp_path, "name: &a [*a]\n") == (
        "desk.yaml:1: nested more than 50 deep: an alias must not hold itself.")
    (tmp_path / "desk.yaml").write_text(GOOD.replace("0.5", "&least 0.5") + "  - {metric: task/f1, at_least: *least}\n")
    assert load(tmp_path / "desk.yaml").recipe.gate[1].at_least == 0.5


def test_a_recipe_too_large_to_read_is_refused(tmp_path: Path) -> None:
    assert "is larger than 1 MB" in refuse(tmp_path, GOOD + "#" * 2**20)
