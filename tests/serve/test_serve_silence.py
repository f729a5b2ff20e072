"""Nothing of what is asked, answered or said, and no key, is told anywhere that the policy does not name."""

import io

import httpx
import pytest
from gateways import running

from tunewright.engine import FakeEngine
from tunewright.serve import audit, keys

SECRETS = ("zebra-prompt", "ann@example.org", "zebra-comment", "zebra-correction", "zebra-body")


@pytest.fixture
def told(home):
    """Everything that a gateway with a key wrote while it was asked well, badly, and told what an answer was worth."""
    log = io.StringIO()
    _, key = keys.create(home, "mira", "test", names=["desk"])
    _, other = keys.create(home, "mira", "test")
    with running(home, FakeEngine(), log=log) as gateway:
        def post(path, body, key=key):
            return httpx.post(f"{gateway.url}/v1/{path}", json=body, headers={"authorization": f"Bearer {key}"})

        asked = {"model": "desk", "messages": [{"role": "user", "content": "zebra-prompt ann@example.org"}]}
        answer = post("chat/completions", asked).json()
        assert post("chat/completions", {**asked, "stream": True}).status_code == 200
        assert post("chat/completions", {**asked, "model": "zebra-body"}).status_code == 404
        assert post("chat/completions", {**asked, "messages": "zebra-body"}).status_code == 400
        assert post("chat/completions", asked, key="tw-zebra-body").status_code == 401
        said = {"id": answer["id"], "comment": "zebra-comment", "correction": "zebra-correction"}
        assert post("feedback", said).status_code == 201
        assert post("feedback", said, key=other).status_code == 404
        assert post("feedback", {**said, "score": "zebra-body"}).status_code == 400
        figures = httpx.get(f"{gateway.url}/metrics", headers={"authorization": f"Bearer {other}"}).text
        words = answer["choices"][0]["message"]["content"]
    trail = b"".join(path.read_bytes() for path in audit.folder(home).iterdir()).decode()
    entries = str([entry.data for entry in home.ledger.entries()])
    return {"log": log.getvalue(), "terminal": "".join(gateway.said), "metrics": figures, "audit": trail,
            "ledger": entries}, (*SECRETS, key, key.split("-", 2)[2], words)


@pytest.mark.parametrize("where", ["log", "terminal", "metrics", "audit", "ledger"])
def test_no_key_prompt_answer_or_feedback_is_told(told, where):
    texts, secrets = told
    assert [secret for secret in secrets if secret in texts[where]] == []


def test_what_was_asked_was_told_by_ids_and_figures(told):
    texts, _ = told
    assert texts["log"].count('"release": "desk@1"') == 2
    assert '"status": 401' in texts["log"]
