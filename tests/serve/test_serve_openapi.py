"""The document says what the gateway does: every path, every field that is checked, every answer that is given."""

import json

import httpx
import pytest
from gateways import running, until
from jsonschema import Draft202012Validator
from pydantic import BaseModel
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from starlette.routing import Route

from tunewright.engine import FakeEngine
from tunewright.recipe.serve import ServeSpec
from tunewright.serve import files, jobs, keys
from tunewright.serve.app import ROOMS
from tunewright.serve.app import gateway as make
from tunewright.serve.asked import ChatAsked, TextAsked
from tunewright.serve.feedback.give import Feedback
from tunewright.serve.openapi import document
from tunewright.tuning import read, service

DOCUMENT = document(takes_jobs=True)
ROOT = Registry().with_resource("", DRAFT202012.create_resource(DOCUMENT))
LINE = json.dumps({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]})


def holds(answer, name):
    Draft202012Validator({"$ref": f"#/components/schemas/{name}"}, registry=ROOT, _resolver=ROOT.resolver()).validate(
        answer)


def refs(value):
    if isinstance(value, dict):
        yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from refs(part)


def methods(found):
    return {method.upper() for method in found if method != "parameters"}


@pytest.fixture
def jobs_service(home, tmp_path, kitchen):
    return service(home, read(kitchen))


@pytest.fixture
def kitchen(tmp_path):
    path = tmp_path / "jobs.yaml"
    path.write_text("name: kitchen\npurpose: Tell long from short.\nbase: tiny\ndata: {sources: [{path: rows.jsonl, "
                    "format: chat, license: CC0-1.0, basis: contract}]}\ngate: [{metric: task/exact, at_least: 0.1}]\n")
    return path


def test_every_reference_leads_somewhere():
    known = DOCUMENT["components"]["schemas"]
    assert {ref.rpartition("/")[2] for ref in refs(DOCUMENT)} <= set(known)


@pytest.mark.parametrize("takes_jobs", [True, False])
def test_the_paths_of_the_document_are_those_of_the_gateway(home, jobs_service, takes_jobs):
    made = make(home, (), FakeEngine(), spec=ServeSpec(engine="fake"), service=jobs_service if takes_jobs else None)
    there = {path.path.replace(":path}", "}"): path.methods - {"HEAD"} for room in ROOMS for path in room.paths(made)
             if isinstance(path, Route)}
    assert {path: methods(found) for path, found in document(takes_jobs=takes_jobs)["paths"].items()} == there


@pytest.mark.parametrize("kind", [ChatAsked, TextAsked, Feedback, files.Upload, jobs.JobAsked])
def test_every_field_of_a_body_is_told(kind: type[BaseModel]):
    assert set(DOCUMENT["components"]["schemas"][kind.__name__]["properties"]) == set(kind.model_fields)


@pytest.mark.parametrize(("path", "kind"), [("/v1/files", files.Wanted), ("/v1/fine_tuning/jobs", jobs.Wanted)])
def test_every_field_of_a_query_is_told(path, kind):
    told = DOCUMENT["paths"][path]["get"]["parameters"]
    assert {one["name"] for one in told} == set(kind.model_fields)


def test_answers_and_refusals_are_what_the_document_says(gateway):
    holds(httpx.post(f"{gateway.url}/v1/completions", json={"model": "desk", "prompt": "a"}).json(), "TextCompletion")
    question = {"model": "desk", "messages": [{"role": "user", "content": "a"}]}
    answer = httpx.post(f"{gateway.url}/v1/chat/completions", json=question).json()
    holds(answer, "ChatCompletion")
    kept = httpx.post(f"{gateway.url}/v1/feedback", json={"id": answer["id"], "thumbs": "up"})
    holds(kept.json(), "FeedbackKept")
    holds(httpx.get(f"{gateway.url}/v1/models").json(), "ModelList")
    holds(httpx.get(f"{gateway.url}/v1/models/desk@1").json(), "Model")
    holds(httpx.get(f"{gateway.url}/healthz").json(), "Health")
    for path in ("/v1/models/none", "/nowhere", "/v1/completions"):
        holds(httpx.get(gateway.url + path).json(), "Error")


def test_files_and_jobs_are_what_the_document_says(home, jobs_service):
    with running(home, FakeEngine(), service=jobs_service) as gateway:
        file = httpx.post(f"{gateway.url}/v1/files", data={"purpose": "fine-tune"}, files={"file": LINE}).json()
        holds(file, "File")
        holds(httpx.get(f"{gateway.url}/v1/files").json(), "FileList")
        base = f"{gateway.url}/v1/fine_tuning/jobs"
        job = httpx.post(base, json={"model": "tiny", "training_file": file["id"]}).json()
        holds(job, "Job")
        holds(httpx.get(base).json(), "JobList")
        holds(httpx.get(f"{base}/{job['id']}/events").json(), "JobEventList")
        holds(httpx.get(f"{base}/{job['id']}/checkpoints").json(), "JobCheckpointList")
        holds(httpx.delete(f"{gateway.url}/v1/files/{file['id']}").json(), "Error")
        holds(httpx.post(f"{base}/{job['id']}/cancel").json(), "Job")
        holds(httpx.delete(f"{gateway.url}/v1/files/{file['id']}").json(), "FileGone")


def test_a_method_that_a_path_does_not_take_is_told_with_those_that_it_takes(home, jobs_service):
    with running(home, FakeEngine(), service=jobs_service) as gateway:
        refused = httpx.put(f"{gateway.url}/v1/files")
        assert refused.status_code == 405
        assert {one.strip() for one in refused.headers["allow"].split(",")} == {"GET", "HEAD", "POST"}


def test_every_path_of_the_document_is_there_and_tells_nothing_of_releases(home):
    keys.create(home, "mira", "a")  # a gateway that runs sees a new key at its next look only
    with running(home, FakeEngine()) as gateway:
        told = httpx.get(f"{gateway.url}/openapi.json")
        assert (told.status_code, told.json()) == (200, document(takes_jobs=False))
        assert "desk" not in told.text
        for path, found in told.json()["paths"].items():
            for method in methods(found):
                answer = httpx.request(method, gateway.url + path.replace("{model}", "desk"))
                assert answer.status_code not in (404, 405, 500)


def test_a_model_whose_name_is_too_long_to_be_one_is_not_found(gateway):
    assert httpx.get(f"{gateway.url}/v1/models/desk@{'9' * 5000}").status_code == 404


def test_a_gateway_without_keys_asks_for_none(home):
    with running(home, FakeEngine()) as gateway:
        assert httpx.get(f"{gateway.url}/openapi.json").json()["security"] == []


def test_from_the_first_key_on_the_document_of_a_running_gateway_asks_for_one(home):
    with running(home, FakeEngine()) as gateway:
        keys.create(home, "mira", "a")
        until(lambda: httpx.get(f"{gateway.url}/openapi.json").json()["security"] == DOCUMENT["security"])
