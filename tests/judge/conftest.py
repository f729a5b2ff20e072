import json
import shutil
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "pipeline"))
sys.path.append(str(Path(__file__).parents[1] / "cli"))
sys.path.append(str(Path(__file__).parents[1] / "engine"))
from kitchen import write_kitchen

JUDGES = """\
  resamples: 1000
  judges:
    - {kind: pairwise, engine: {kind: fake, answers: ['{"better": "first"}', '{"better": "second"}']}}
"""
RULES = """\
  - {metric: human/win, at_least: 0.4}
  - {metric: judge/invalid, at_most: 0.9}
"""


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """A folder whose home holds desk@1: judged by an engine, and waiting for people."""
    from tunewright import pipeline

    folder = tmp_path_factory.mktemp("judged")
    recipe = write_kitchen(folder)
    text = recipe.read_text().replace("steps: 4", "steps: 40").replace("  resamples: 100\n", JUDGES)
    recipe.write_text(text + RULES)
    patch = pytest.MonkeyPatch()
    patch.chdir(folder)
    assert pipeline.run("desk.yaml", by="mira").reference == "desk@1"
    patch.undo()
    return folder


@pytest.fixture
def desk(finished, tmp_path, monkeypatch) -> Path:
    """A copy of it to change, as the current folder."""
    folder = shutil.copytree(finished, tmp_path / "desk")
    monkeypatch.chdir(folder)
    return folder


def answer(folder: Path, rater: str, prefer: str = "tuned") -> Path:
    """What a rater saves who knows the key: of the last page, always the arm that is preferred."""
    path = sorted(folder.glob(".tunewright/runs/*/judge/key.json"))[-1]
    key = json.loads(path.read_text())
    other = {"a": "b", "b": "a"}
    rows = [{"id": one["id"], **dict.fromkeys(
        ("correctness", "style", "completeness", "safety", "overall"),
        one["tuned"] if prefer == "tuned" else other[one["tuned"]])} for one in key["shown"]]
    file = folder / f"{rater}.json"
    file.write_text(json.dumps({"page": key["page"], "rater": rater, "answers": rows}))
    return file


@pytest.fixture
def rate():
    return answer
