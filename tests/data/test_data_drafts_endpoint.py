"""Drafts from an endpoint: what is sent to it, what a failure leaves, and that its key is nowhere."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tunewright import data
from tunewright.core.errors import Fault, Undecided
from tunewright.core.home import Home
from tunewright.core.run import Run
from tunewright.data.readers import review_file
from tunewright.recipe import DataSpec

sys.path.append(str(Path(__file__).parents[1] / "engine"))
from endpoints import Reply, endpoint, failed, said

KEY = "sk-nobody-may-see-this"
WORDS = ("apple", "bridge", "candle", "desert", "engine", "forest", "garden", "harbour", "island", "jacket")


def rows() -> str:
    return "".join(json.dumps({"text": f"My mail is kim{at}@shop.example and {WORDS[at % 10]} {at * 7919} is lost.",
                               "label": WORDS[at % 10]}) + "\n" for at in range(40))


def variation(_: int, body: dict[str, Any]) -> Reply:
    """What a good model would write: another question with the seed's answer."""
    record = json.loads(body["messages"][1]["content"])
    asked = record["messages"][0]["content"]
    record["messages"][0]["content"] = " ".join(reversed(asked.split())) + " Who can help me out?"
    return said(f"Here you are:\n```json\n{json.dumps(record)}\n```")


def wanted(url: str, **more: Any) -> DataSpec:
    declared = {"license": "proprietary", "basis": "contract"}
    return DataSpec.model_validate({"pii": {}, "sources": [
        {**declared, "path": "a.jsonl", "format": {"prompt": "text", "response": "label"}},
        {**declared, "kind": "synthetic", "path": "made.jsonl", "seeds": "a.jsonl", "vary": "question", "review": {
            "sample": 5}, "engine": {"kind": "openai", "url": url, "model": "big", "key": "TUNEWRIGHT_TEST_KEY",
                                     "retries": 0}, **more}]})


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("TUNEWRIGHT_TEST_KEY", KEY)
    (folder / "a.jsonl").write_text(rows())


def test_an_endpoint_sees_masked_records_and_gives_drafts(run: Run, folder: Path, home: Home, said: list[str]) -> None:
    with endpoint(variation) as served:
        with pytest.raises(Undecided):
            data.make(wanted(served.url), "desk", folder, run)
        count = len(served.asked)
        with pytest.raises(Undecided):
            data.make(wanted(served.url, review={"sample": 6}), "desk", folder, run)
    assert len(served.asked) == count > 20
    assert "shop.example" not in json.dumps([body for _, _, body in served.asked])
    found = review_file.read(folder / "made.jsonl", "made.jsonl")
    assert len(found.drafts) + len(found.left_out) == count and found.drafts
    assert any(line == f"drafts: asking big at {served.url}" for line in said)
    kept = [path for place in (home.path, folder) for path in place.rglob("*") if path.is_file()]
    assert [path for path in kept if KEY.encode() in path.read_bytes()] == []
    assert KEY not in "".join(said)


def test_what_an_endpoint_answered_before_it_failed_is_kept(run: Run, folder: Path, home: Home) -> None:
    told = r"answered 500: no 1 times: run the same command again later"
    broken = endpoint(lambda at, body: failed(500) if at >= 10 else variation(at, body))
    with broken as served, pytest.raises(Fault, match=told):
        data.make(wanted(served.url, each=3), "desk", folder, run)
    assert not (folder / "made.jsonl").exists()
    answered = [json.loads(path.read_text()) for path in (home.path / "answers").rglob("*") if path.is_file()]
    assert len(answered) == 10
