"""What clients say of answers: kept as safely as the answer, seen by nobody else, and read by the next recipe."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from gateways import add_release, made_up, running

from tunewright import registry
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.data.formats import interpret
from tunewright.engine import FakeEngine
from tunewright.serve import audit, keys
from tunewright.serve.feedback import export, said, summary


def give(gateway, response, key="none", **told):
    return httpx.post(f"{gateway.url}/v1/feedback", json={"id": response, **told},
                      headers={"authorization": f"Bearer {key}"})


def feedback_of(home):
    return [record for record in audit.records(home) if "feedback" in record]


@pytest.fixture
def keeping(home):
    """A gateway whose live release `shop@1` keeps the text of what it is asked and answers."""
    add_release(home, made_up(home, 9), name="shop", policy={"audit": "text", "pii": "off"})
    registry.promote(home, "shop@1", "mira", "first")
    with running(home, FakeEngine()) as gateway:
        yield gateway


def test_feedback_is_a_record_of_the_trail_that_names_what_the_answer_came_from(gateway):
    answer = gateway.ask(user="u1")
    done = give(gateway, answer.id, thumbs="up")
    assert done.status_code == 201
    record = audit.find(gateway.home, answer.id)
    [kept] = feedback_of(gateway.home)
    assert kept["id"] == done.json()["id"]
    assert (kept["of"], kept["user"], kept["release"], kept["release_digest"], kept["key"]) == (
        answer.id, "u1", "desk@1", record["release_digest"], record["key"])
    assert (kept["feedback"]["score"], kept["feedback"]["corrected"]) == (1.0, False)
    assert list(audit.verify(gateway.home)) == []


@pytest.mark.parametrize(("told", "score", "corrected"), [
    ({"thumbs": "down"}, 0.0, None), ({"score": 0.25}, 0.25, None), ({"thumbs": "up", "score": 0.75}, 0.75, False),
    ({"correction": "better"}, None, True), ({"comment": "hm"}, None, None)])
def test_what_is_said_becomes_what_the_monitor_reads(gateway, told, score, corrected):
    assert give(gateway, gateway.ask().id, **told).status_code == 201
    [kept] = feedback_of(gateway.home)
    assert (kept["feedback"]["score"], kept["feedback"]["corrected"]) == (score, corrected)


@pytest.mark.parametrize("told", [{}, {"thumbs": "sideways"}, {"score": 1.5}, {"score": float("inf")}, {"rating": 3},
                                  {"correction": ""}, {"comment": "a" * 5000}, {"choice": 16, "thumbs": "up"}])
def test_what_says_nothing_that_is_understood_is_refused(gateway, told):
    body = json.dumps({"id": gateway.ask().id, **told})
    done = httpx.post(f"{gateway.url}/v1/feedback", content=body)
    assert done.status_code == 400
    assert done.json()["error"]["type"] == "invalid_request_error"
    assert feedback_of(gateway.home) == []


def test_only_the_key_that_was_answered_may_say_what_the_answer_was_worth(home):
    _, mine = keys.create(home, "mira", "mine", names=["desk"])
    _, other = keys.create(home, "mira", "other", names=["desk"])
    with running(home, FakeEngine()) as gateway:
        answer = gateway.asking(mine).chat.completions.create(model="desk", messages=[{"role": "user", "content": "a"}])
        foreign = give(gateway, answer.id, other, thumbs="down")
        unknown = give(gateway, "chatcmpl-" + "0" * 32, other, thumbs="down")
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.json()["error"]["message"].replace(answer.id, "ID") == unknown.json()["error"][
            "message"].replace("chatcmpl-" + "0" * 32, "ID")
        assert give(gateway, answer.id, "wrong", thumbs="down").status_code == 401
        assert feedback_of(home) == []
        assert give(gateway, answer.id, mine, thumbs="up").status_code == 201


def test_an_answer_that_never_came_and_feedback_itself_cannot_be_spoken_of(gateway):
    answer = gateway.ask()
    done = give(gateway, answer.id, thumbs="up").json()
    assert give(gateway, done["id"], thumbs="up").status_code == 404
    assert give(gateway, "cmpl-" + answer.id.removeprefix("chatcmpl-"), thumbs="up").status_code == 404
    assert give(gateway, "chatcmpl-../../x", thumbs="up").status_code == 400


def test_where_the_trail_keeps_digests_it_keeps_no_words_of_feedback(gateway):
    done = give(gateway, gateway.ask().id, correction="my secret word", comment="secret too")
    assert done.json()["text_kept"] is False
    assert b"secret" not in b"".join(path.read_bytes() for path in audit.folder(gateway.home).iterdir())
    [kept] = feedback_of(gateway.home)
    assert {"correction_digest", "comment_digest"} <= set(kept["feedback"])


def test_where_the_policy_masks_feedback_is_masked(home):
    add_release(home, made_up(home, 9), name="shop", policy={"audit": "text", "pii": "mask"})
    registry.promote(home, "shop@1", "mira", "first")
    with running(home, FakeEngine()) as gateway:
        give(gateway, gateway.ask("shop").id, comment="write to ann@example.org")
    [kept] = feedback_of(home)
    assert kept["feedback"]["comment"] == "write to [EMAIL]"


def test_no_word_of_feedback_is_logged(keeping, capsys):
    give(keeping, keeping.ask("shop").id, comment="a secret word")
    assert "secret" not in "".join(capsys.readouterr()) + "".join(keeping.said)


def test_what_was_acknowledged_outlives_a_kill(home):
    """`os._exit` in the next step leaves what a killed process leaves."""
    code = ("import asyncio, os, sys; from pathlib import Path; from tunewright.core.home import Home;"
            "from tunewright.serve.audit import Audit; audit = Audit(Home(Path(sys.argv[1])), 'mira');\n"
            "async def main():\n"
            "    await asyncio.gather(*(audit.keep({'id': f'chatcmpl-{n}', 'at': 'now'}) for n in range(50)))\n"
            "    os._exit(9)\n"
            "asyncio.run(main())")
    subprocess.run([sys.executable, "-c", code, str(home.path)], check=False)
    assert {record["id"] for record in audit.records(home)} == {f"chatcmpl-{number}" for number in range(50)}
    assert list(audit.verify(home)) == []


def test_many_at_once_are_one_chain(gateway):
    def one(number):
        answer = gateway.ask(text=f"number {number}")
        return answer.id, give(gateway, answer.id, score=number / 20).status_code

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(one, range(20)))
    assert {status for _, status in done} == {201}
    assert {record["of"] for record in feedback_of(gateway.home)} == {response for response, _ in done}
    assert list(audit.verify(gateway.home)) == []


def test_the_last_word_counts(gateway):
    answer = gateway.ask()
    give(gateway, answer.id, thumbs="up")
    give(gateway, answer.id, score=0.0, comment="no, wrong")
    [release] = summary(said(gateway.home, "desk"))
    assert (release.release, release.answers, release.score, release.comments) == ("desk@1", 1, 0.0, 1)


def test_an_export_holds_corrections_and_good_answers_and_what_they_came_from(keeping, tmp_path):
    good, bad, mixed = (keeping.ask("shop", text=text, user="u1") for text in ("one", "two", "mail ann@example.org"))
    give(keeping, good.id, thumbs="up")
    give(keeping, bad.id, thumbs="down")
    give(keeping, mixed.id, correction="call +49 30 901820 now")
    done = export(keeping.home, "shop", "sft", tmp_path / "sft.jsonl", "mira", "to learn")
    rows = [json.loads(line) for line in (tmp_path / "sft.jsonl").read_text().splitlines()]
    assert done.reasons == {"approved": 1, "corrected": 1}
    assert [row["response"] for row in rows] == [good.id, mixed.id]
    assert "example.org" not in str(rows)
    assert "901820" not in str(rows)
    assert rows[0]["messages"][-1] == {"role": "assistant", "content": good.choices[0].message.content}
    assert (rows[1]["release"], rows[1]["subject"]) == ("shop@1", "u1")
    assert all(interpret("chat", row)["messages"] for row in rows)
    [entry] = keeping.home.ledger.entries(action="feedback")
    assert (entry.data["file"], entry.data["records"], entry.by) == (done.digest, 2, "mira")


def test_preferences_put_a_correction_before_its_answer_and_good_before_bad(keeping, tmp_path):
    one, two = keeping.ask("shop", text="same"), keeping.ask("shop", text="same", max_tokens=3)
    give(keeping, one.id, thumbs="up")
    give(keeping, two.id, thumbs="down")
    other = keeping.ask("shop", text="other")
    give(keeping, other.id, correction="the right answer")
    export(keeping.home, "shop", "preference", tmp_path / "p.jsonl", "mira", "to learn")
    rows = [interpret("preference", json.loads(line)) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    assert [(row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in rows] == [
        (one.choices[0].message.content, two.choices[0].message.content),
        ("the right answer", other.choices[0].message.content)]


def test_a_recipe_reads_what_was_exported(keeping, tmp_path):
    from tunewright import verbs

    for number in range(12):
        answer = keeping.ask("shop", text=f"question {number}", user=f"u{number}")
        give(keeping, answer.id, correction=f"answer {number}")
    export(keeping.home, "shop", "sft", tmp_path / "feedback.jsonl", "mira", "to learn")
    recipe = tmp_path / "next.yaml"
    recipe.write_text("""
name: next
purpose: Learn from what was corrected.
data:
  sources:
    - path: feedback.jsonl
      format: chat
      license: proprietary
      basis: contract
      subject: subject
      collected: {column: collected}
      retention: 2y
gate:
  - {metric: task/exact, at_least: 0.5}
""")
    dataset = verbs.data(recipe, home=keeping.home.path)
    assert (dataset.counts["records"], dataset.counts["refused"]) == (12, 0)
    assert dataset.origins[0].path == "feedback.jsonl"


def test_nothing_to_export_is_a_fault_that_says_why(gateway, tmp_path):
    with pytest.raises(Fault, match="nobody has said"):
        export(gateway.home, "desk", "sft", tmp_path / "a.jsonl", "mira", "x")
    give(gateway, gateway.ask().id, thumbs="up")
    with pytest.raises(Fault, match="audit: text"):
        export(gateway.home, "desk", "sft", tmp_path / "a.jsonl", "mira", "x")
    assert not (tmp_path / "a.jsonl").exists()


def test_an_id_that_is_itself_personal_becomes_a_digest(keeping, tmp_path):
    give(keeping, keeping.ask("shop", user="ann@example.org").id, thumbs="up")
    export(keeping.home, "shop", "sft", tmp_path / "a.jsonl", "mira", "x")
    row = json.loads((tmp_path / "a.jsonl").read_text())
    assert row["subject"].startswith("sha256-")


def test_a_home_without_feedback_is_empty(tmp_path):
    assert said(Home(tmp_path), "desk") == []
