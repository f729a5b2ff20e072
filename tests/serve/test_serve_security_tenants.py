"""Two tenants, each with a key of its own name: nothing of one is told to the other, nor that it is there."""

import json
import sys
from pathlib import Path

import httpx
import pytest
from gateways import add_release, made_up, running, until

sys.path.append(str(Path(__file__).parents[1] / "pipeline"))
from kitchen import write_kitchen

from tunewright import registry
from tunewright.engine import FakeEngine
from tunewright.serve import keys
from tunewright.serve.problems import Problem
from tunewright.tuning import read, service

ROW = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
ROWS = (json.dumps(ROW) + "\n").encode() * 4


class Tenant:
    """A client of a gateway with one key."""

    def __init__(self, url, key):
        self.url, self.headers = url, {"authorization": f"Bearer {key}"} if key else {}

    def ask(self, method, path, **more):
        return httpx.request(method, f"{self.url}{path}", headers=self.headers, timeout=10, **more)

    def upload(self, content=ROWS, name="rows.jsonl"):
        return self.ask("POST", "/v1/files", data={"purpose": "fine-tune"}, files={"file": (name, content)})

    def job(self, file_id, **more):
        return self.ask("POST", "/v1/fine_tuning/jobs", json={"model": "base", "training_file": file_id, **more})


@pytest.fixture
def tenants(home, tmp_path):
    """`desk`, who has a file, a job, an answer and a release; `shop`, who tries; and who shows no key."""
    for number in (4, 5):
        add_release(home, made_up(home, number), name="shop")
    registry.promote(home, "shop@1", "mira", "first")
    made = {name: keys.create(home, "mira", "a tenant", names=[name])[1] for name in ("desk", "shop")}
    (tmp_path / "kitchen").mkdir()
    template = service(home, read(write_kitchen(tmp_path / "kitchen")))
    with running(home, FakeEngine(delay=0.01), service=template) as gateway:
        desk, shop, nobody = (Tenant(gateway.url, made.get(name)) for name in ("desk", "shop", "nobody"))
        desk.file = desk.upload().json()["id"]
        desk.made = desk.job(desk.file).json()["id"]
        desk.answer = desk.ask("POST", "/v1/completions", json={"model": "desk", "prompt": "a"}).json()["id"]
        yield desk, shop, nobody, gateway


def others(file, job, answer):
    """Every way to reach what is another's, by its id."""
    jobs = f"/v1/fine_tuning/jobs/{job}"
    return [("GET", f"/v1/files/{file}", None), ("GET", f"/v1/files/{file}/content", None),
            ("DELETE", f"/v1/files/{file}", None), ("GET", f"/v1/files?after={file}", None),
            ("GET", f"/v1/fine_tuning/jobs?after={job}", None), ("GET", jobs, None),
            *(("GET", f"{jobs}/{word}", None) for word in ("events", "checkpoints")),
            *(("POST", f"{jobs}/{word}", None) for word in ("cancel", "pause", "resume")),
            ("POST", "/v1/feedback", {"id": answer, "thumbs": "up"}),
            ("POST", "/v1/fine_tuning/jobs", {"model": "base", "training_file": file}),
            ("POST", "/v1/fine_tuning/jobs", {"model": "base", "training_file": file, "validation_file": file})]


def test_what_is_anothers_is_told_as_what_is_not_there(tenants):
    desk, shop, _, _ = tenants
    unknown = "file-" + "0" * 24, "ftjob-" + "0" * 24, "cmpl-" + "0" * 20 + desk.answer[-12:]
    here = [shop.ask(method, path, json=body) for method, path, body in others(desk.file, desk.made, desk.answer)]
    there = [shop.ask(method, path, json=body) for method, path, body in others(*unknown)]
    for seen, missing in zip(here, there, strict=True):
        told = missing.text
        for mine, theirs in zip(unknown, (desk.file, desk.made, desk.answer), strict=True):
            told = told.replace(mine, theirs)
        assert (seen.status_code, seen.text) == (missing.status_code, told)
        assert seen.status_code in (200, 400, 404)
    assert desk.ask("GET", f"/v1/files/{desk.file}/content").content == ROWS
    assert desk.ask("GET", f"/v1/fine_tuning/jobs/{desk.made}").json()["status"] == "queued"


def test_no_list_page_or_error_names_what_is_anothers(tenants):
    _, shop, nobody, _ = tenants
    asked = [("GET", path, None) for path in (
        "/v1/models", "/v1/files", "/v1/fine_tuning/jobs", "/healthz", "/metrics", "/v1/models/dask",
        "/v1/models/dask@1", "/v1/models/des", "/nowhere", "/openapi.json")]
    asked += [("POST", "/v1/completions", {"model": model, "prompt": "a"})
              for model in ("dask", "DES", "d", "@", "esk@2")]
    asked += [("POST", "/v1/fine_tuning/jobs", {"model": "dask", "training_file": "a"}),
              ("POST", "/v1/fine_tuning/jobs", {"model": "base", "training_file": "a", "suffix": "dask"})]
    for who in (shop, nobody):
        for method, path, body in asked:
            assert "desk" not in who.ask(method, path, json=body).text, path


def test_a_key_makes_no_model_of_anothers_name(tenants):
    _, shop, _, _ = tenants
    refused = shop.job(shop.upload().json()["id"], suffix="desk")
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "suffix")
    for name in ("DESK", " desk ", "desk\u200b", "ｄesk", "desk\u0000", "desk/../desk"):
        assert shop.job(shop.upload().json()["id"], suffix=name).status_code == 400


def test_a_file_of_the_same_bytes_is_another_file(tenants):
    desk, shop, _, _ = tenants
    same = shop.upload().json()["id"]
    assert same != desk.file
    assert shop.ask("DELETE", f"/v1/files/{same}").json()["deleted"]
    assert desk.ask("GET", f"/v1/files/{desk.file}/content").content == ROWS


@pytest.mark.parametrize("told", [
    "..%2f..%2fledger.sqlite", "%2e%2e", "%00", "file-" + "0" * 24 + "%00", "%ef%ac%81le-1", "a" * 9000, "%ff",
    "a%0d%0ab", "file-%", "*", "' or 1=1 --"])
def test_an_id_that_is_none_is_404_and_echoed_in_json_only(tenants, told):
    desk, _, _, _ = tenants
    for path in ("/v1/files/", "/v1/fine_tuning/jobs/", "/v1/models/"):
        answer = desk.ask("GET", path + told)
        assert answer.status_code == 404
        assert answer.json()["error"]["type"] == "invalid_request_error"
        assert len(answer.content) < 10_000


@pytest.mark.parametrize(("name", "kept"), [
    ("../../etc/passwd", "passwd"), ("C:\\windows\\rows.jsonl", "rows.jsonl"), ("/", "upload.jsonl"),
    ("a\u202eb.jsonl", "ab.jsonl"), ("x" * 300, "x" * 200)])
def test_the_name_of_an_upload_leads_nowhere(tenants, name, kept):
    desk, _, _, gateway = tenants
    before = {path for path in gateway.home.path.rglob("*") if "objects" not in path.parts}
    assert desk.upload(name=name).json()["filename"] == kept
    assert {path for path in gateway.home.path.rglob("*") if "objects" not in path.parts} <= before


def test_a_key_that_is_revoked_ends_its_next_request_and_not_the_answer_under_way(tenants):
    desk, _, _, gateway = tenants
    body = {"model": "desk", "prompt": "a", "stream": True}
    with httpx.stream("POST", f"{gateway.url}/v1/completions", headers=desk.headers, json=body) as answer:
        events = answer.iter_lines()
        next(events)
        keys.revoke(gateway.home, desk.headers["authorization"].split("-")[1], "mira", "it leaked")
        until(lambda: desk.ask("GET", "/v1/models").status_code == 401)
        assert [line for line in events if line][-1] == "data: [DONE]"
    for method, path, asked in others(desk.file, desk.made, desk.answer):
        assert desk.ask(method, path, json=asked).status_code == 401


def test_every_path_asks_for_a_key_before_it_reads_or_looks_anything_up(tenants):
    desk, _, nobody, _ = tenants
    for method, path, body in [*others(desk.file, desk.made, desk.answer), ("POST", "/v1/files", {}),
                               ("POST", "/v1/chat/completions", {}), ("GET", "/v1/models/desk", None)]:
        answer = nobody.ask(method, path, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")


def steps(known, told):
    """The lines that a check of this header runs through, up to its refusal."""
    found = []

    def walk(frame, event, _argument):
        if frame.f_code.co_filename == keys.__file__:
            found.append((frame.f_code.co_name, event, frame.f_lineno))
            return walk
        return None

    before = sys.gettrace()
    sys.settrace(walk)
    try:
        known.check(told)
    except Problem as problem:
        found.append(problem.message)
    finally:
        sys.settrace(before)
    return found


def test_an_unknown_key_takes_the_steps_of_a_wrong_secret(home):
    key, text = keys.create(home, "mira", "a")
    revoked, other = keys.create(home, "mira", "b")
    keys.revoke(home, revoked.id, "mira", "c")
    known = keys.Keys().take(home.ledger.entries())
    wrong = steps(known, f"Bearer tw-{key.id}-{'x' * 43}")
    assert len(wrong) > 8
    for told in (f"Bearer tw-{'0' * 12}-{'x' * 43}", "Bearer tw-", "Bearer ", "", f"Bearer tw-{revoked.id}-{'x' * 43}",
                 f"Basic {text}", f"Bearer {text[:-1]}"):
        assert steps(known, told) == wrong
    assert "is revoked" in steps(known, f"Bearer {other}")[-1]  # whoever has the secret is told why
