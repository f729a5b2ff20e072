"""`tunewright advise`: arms, checklist and advice in aligned lines, or one JSON document."""

import json

from verb import sentence, tune


def test_advice_is_told_with_its_reasons_and_kept(desk):
    told = tune("advise", "desk.yaml", "--knowledge", "weekly", "--private")
    assert told.exit_code == 0, told.stderr
    lines = told.stdout.splitlines()
    assert any(line.startswith("arms      task/exact") for line in lines)
    assert any(line.startswith("against   task/exact") and "prompted less base" in line for line in lines)
    checks = [line[10:] for line in lines if line.startswith(("checklist", "          "))]
    assert any(line.split("  ")[0] == "how often knowledge changes" and "weekly" in line for line in checks)
    assert any("not answered: `--cost`" in line for line in checks)
    assert any(line.startswith("advice    ") for line in lines)
    assert any(line.startswith("because   ") for line in lines)
    record = json.loads(tune("advise", "desk.yaml", "--knowledge", "weekly", "--private", "--json").stdout)["record"]
    assert record["record"] == "advice"
    assert record["checks"][0]["answer"] == "weekly"


def test_a_wrong_answer_is_refused_in_one_sentence(desk):
    assert "hourly" in sentence(tune("advise", "desk.yaml", "--knowledge", "hourly"))


def test_the_choices_of_knowledge_are_those_of_the_recipe():
    from typing import get_args

    from tunewright.cli import advise
    from tunewright.recipe.advise import Knowledge

    assert get_args(Knowledge) == advise._KNOWLEDGE
