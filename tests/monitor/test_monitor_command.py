"""`tunewright monitor` tells each name's state as JSON, and `tunewright show` a release's steps."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

sys.path.append(str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "serve"))
from encoding import EncoderServer
from gateways import add_release, made_up

from tunewright import registry
from tunewright.cli.group import tunewright
from tunewright.core.home import Home
from tunewright.serve.figures import figures


@pytest.fixture
def home(tmp_path):
    """desk@1 live, desk@2 with a tenth, which failed in every other answer."""
    made = Home(tmp_path)
    for number in (1, 2):
        add_release(made, made_up(made, number))
    registry.promote(made, "desk@1", "mira", "first")
    registry.canary(made, "desk@2", 0.1, "mira", "try it")
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "a.jsonl").write_text("".join(json.dumps({
        "id": f"c-{number}", "at": now, "user": None, "key": "", "seconds": 0.1, "tokens_in": 5, "tokens_out": 2,
        "cost": 0.001, "release": release, "status": 500 if release == "desk@2" and number % 2 else 200}) + "\n"
        for release in ("desk@1", "desk@2") for number in range(400)))
    return made


def tune(home, *words):
    return CliRunner().invoke(tunewright, [*words, "--home", str(home.path)])


def test_once_as_json_is_a_state_for_each_name_and_notices_go_elsewhere(home):
    result = tune(home, "monitor", "--once", "--json", "--by", "mira")
    assert result.exit_code == 0, result.output
    (state,) = json.loads(result.stdout)
    assert (state["name"], state["live"], state["shadows"], state["drift"]) == ("desk", "desk@1", [], [])
    assert state["canary"]["move"] == "abort"
    assert state["canary"]["traffic"]["desk@1"]["cost"] == 0.4
    assert set(state["canary"]["traffic"]["desk@2"]["seconds"]) == {"p50", "p95", "p99"}
    assert "desk@2 is taken away" in result.stderr


def test_once_waits_for_a_judge(tmp_path):
    made = Home(tmp_path)
    judge = {"engine": {"kind": "fake", "answers": ['{"good": 4}']}, "sample": 1.0, "criteria": {"good": "Is it?"}}
    for number in (1, 2):
        add_release(made, made_up(made, number), monitor={"rules": [{"metric": "judged"}], "judge": judge})
    registry.promote(made, "desk@1", "mira", "first")
    registry.canary(made, "desk@2", 0.1, "mira", "try it")
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "a.jsonl").write_text("".join(json.dumps({
        "id": f"c-{release}-{number}", "at": now, "user": None, "key": "", "seconds": 0.1, "release": release,
        "status": 200, "prompt": "what?", "answer": ["that"]}) + "\n"
        for release in ("desk@1", "desk@2") for number in range(60)))
    (state,) = json.loads(tune(made, "monitor", "--once", "--json").stdout)
    assert state["canary"]["evidence"][0]["counts"] == [60, 60]


def test_once_waits_for_an_encoder_and_what_it_said_counts_the_next_time(tmp_path):
    made, server = Home(tmp_path), EncoderServer()
    server.speaks.set()
    add_release(made, made_up(made, 1), policy={"audit": "text"}, monitor={
        "drift": {"window": 60, "encoder": server.spec.model_dump()}})
    registry.promote(made, "desk@1", "mira", "first")
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "a.jsonl").write_text("".join(json.dumps({
        "id": f"c-{number}", "at": now, "user": None, "key": "", "seconds": 0.1, "release": "desk@1", "status": 200,
        "tokens_in": 5, "tokens_out": 2, "answer_digest": "d", "answer": ["that"],
        "prompt": "where is my card" if number < 60 else "quantum homology",
        "figures": figures(None, "", "", "letters")}) + "\n" for number in range(120)))
    drift = [json.loads(tune(made, "monitor", "--once", "--json").stdout)[0]["drift"] for _ in range(2)]
    assert [[alarm["kind"] for alarm in one] for one in drift] == [[], ["embedding", "intents"]]
    assert len(server.shown) == 120
    server.close()


def test_json_without_an_end_is_refused_in_one_sentence(home):
    result = tune(home, "monitor", "--json")
    assert result.exit_code == 2
    assert "add --once" in result.stderr


def test_show_has_a_line_for_each_step(home):
    tune(home, "monitor", "--once", "--by", "mira")
    lines = [line for line in tune(home, "show", "desk@2").stdout.splitlines() if "10 % → taken away" in line]
    assert len(lines) == 1
    assert "error fail" in lines[0]
    assert "10 % → taken away" not in tune(home, "show", "desk@1").stdout
