"""`run` and the verbs of its stages, as a person sees them."""

import json
import re

import pytest
from kitchen import FAILS, write_kitchen, write_recipe
from verb import command, files, tune

STAGES = ["data", "check", "plan", "train", "evaluate", "gate", "release", "report", "next"]


def test_a_run_tells_each_stage_in_its_place(desk):
    write_recipe(desk, name="shop")
    result = tune("run", "desk.yaml")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0] == "shop · Say whether a word is long."
    assert list(dict.fromkeys(line[:10].strip() for line in lines[1:] if line[:10].strip())) == STAGES
    assert re.fullmatch(r"release   shop@1 · candidate · [0-9a-f]{6}", lines[-3])
    assert lines[-2] == "report    .tunewright/runs/0003/report.html"
    assert lines[-1] == 'next      tunewright promote shop@1 --why "…"'
    assert (desk / ".tunewright/runs/0003/report.html").exists()
    assert "\x1b" not in result.stdout + result.stderr


def test_a_second_run_says_that_there_is_nothing_to_do_and_loads_no_torch(desk):
    before = files(desk)
    result = command("run", "desk.yaml", code="import atexit; atexit.register(lambda: print('torch' in sys.modules))")
    assert re.fullmatch(r"nothing to do: desk@1 already holds this recipe, data and base +[\d.]+ s\nFalse\n",
                        result.stdout)
    assert files(desk) - before <= {".tunewright/ledger.sqlite-wal", ".tunewright/ledger.sqlite-shm"}


def test_a_run_that_the_gate_fails_exits_3_and_again_so(desk):
    for _ in range(2):
        assert tune("run", "worse.yaml").exit_code == 3


def test_an_undecided_gate_exits_4(desk):
    write_recipe(desk, ("task/exact", "rise_at_least: 0.1"), name="shop")
    result = tune("run", "desk.yaml")
    assert result.exit_code == 4
    assert "undecided" in result.stdout
    assert "tunewright show shop@1" in result.stdout


def test_json_is_the_only_thing_on_stdout(desk):
    write_recipe(desk, FAILS, name="shop")
    result = tune("run", "desk.yaml", "--json")
    told = json.loads(result.stdout)
    assert {name: told[name] for name in ("release", "status", "verdict", "held")} == {
        "release": "shop@1", "status": "rejected", "verdict": "fail", "held": False}
    assert "shop · Say whether a word is long." in result.stderr
    assert json.loads(tune("run", "desk.yaml", "--json").stdout)["held"] is True


@pytest.mark.parametrize(("verb", "kind"), [
    ("data", "dataset"), ("train", "model"), ("evaluate", "report"), ("gate", "verdict")])
def test_each_stage_can_be_asked_for(desk, verb, kind):
    told = json.loads(tune(verb, "desk.yaml", "--json").stdout)
    lineage = json.loads(tune("show", "desk@1", "--json").stdout)["lineage"]
    assert told["digest"] == next(link["digest"] for link in lineage if link["kind"] == kind)
    assert told["record"]["record"] == kind
    assert f"nothing to do: {kind} {told['digest'][:6]} is held already" in tune(verb, "desk.yaml").stdout


def test_the_gate_verb_makes_no_release_and_has_its_exit_code(desk):
    assert tune("gate", "worse.yaml").exit_code == 3
    assert len(json.loads(tune("log", "--json").stdout)) == 2


def test_a_stage_is_taken_up_by_a_run(empty):
    write_kitchen(empty)
    assert tune("train", "desk.yaml").exit_code == 0
    assert tune("run", "desk.yaml").exit_code == 0
    assert [path.name for path in (empty / ".tunewright/runs").iterdir() if path.is_dir()] == ["0001"]


def test_check_marks_what_the_model_learns_and_trains_nothing(desk):
    result = tune("check", "desk.yaml")
    assert result.exit_code == 0
    assert re.search(r"<\|user\|>w\d+x*<\|end\|><\|assistant\|>⟦(long|short)<\|end\|>⟧", result.stdout)
    assert "mask proven on" in result.stdout
    told = json.loads(tune("check", "desk.yaml", "--json").stdout)
    assert told["findings"] == []
    assert any(segment["supervised"] for segment in told["example"])


def test_check_names_each_record_that_is_wrong_and_exits_2(desk):
    with (desk / "words.csv").open("a") as stream:
        stream.writelines(f"forged{number}<|end|>,short\n" for number in range(40))
    result = tune("check", "desk.yaml")
    assert result.exit_code == 2
    assert re.search(r"words.csv, row \d+: content holds '<\|end\|>'.*\[role-token\]", result.stdout)
    assert "more: `--json` lists all" in result.stdout


def test_a_run_stops_before_training_on_what_check_refuses(desk):
    with (desk / "words.csv").open("a") as stream:
        stream.writelines(f"forged{number}<|end|>,short\n" for number in range(40))
    result = tune("run", "desk.yaml")
    assert result.exit_code == 2
    assert "[role-token]" in result.stderr
    assert "plan" not in result.stdout


def test_init_writes_a_start_that_checks(empty):
    result = tune("init", "--name", "shop", "--template", "classify")
    assert result.stdout.splitlines() == ["wrote shop.yaml", "wrote messages.csv", "wrote recipe.schema.json"]
    assert result.stderr == "next: tunewright run shop.yaml\n"
    assert tune("data", "shop.yaml").exit_code == 0
    assert tune("init", "--name", "shop", "--template", "classify").exit_code == 2
