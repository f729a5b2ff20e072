"""The document says what the gateway does: every field that is checked, every answer that is given."""

import httpx
import pytest
from gateways import running
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tunewright.engine import FakeEngine
from tunewright.serve import keys
from tunewright.serve.asked import ChatAsked, TextAsked
from tunewright.serve.openapi import document

DOCUMENT = document()
ROOT = Registry().with_resource("", DRAFT202012.create_resource(DOCUMENT))


def holds(answer, name):
    Draft202012Validator({"$ref": f"#/components/schemas/{name}"}, registry=ROOT, _resolver=ROOT.resolver()).validate(
        answer)


def refs(value):
    if isinstance(value, dict):
        yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from refs(part)


def test_every_reference_leads_somewhere():
    known = DOCUMENT["components"]["schemas"]
    assert {ref.rpartition("/")[2] for ref in refs(DOCUMENT)} <= set(known)


@pytest.mark.parametrize("kind", [ChatAsked, TextAsked])
def test_every_field_of_a_question_is_told(kind):
    assert set(DOCUMENT["components"]["schemas"][kind.__name__]["properties"]) == set(kind.model_fields)


def test_answers_and_refusals_are_what_the_document_says(gateway):
    holds(httpx.post(f"{gateway.url}/v1/completions", json={"model": "desk", "prompt": "a"}).json(), "TextCompletion")
    question = {"model": "desk", "messages": [{"role": "user", "content": "a"}]}
    holds(httpx.post(f"{gateway.url}/v1/chat/completions", json=question).json(), "ChatCompletion")
    holds(httpx.get(f"{gateway.url}/v1/models").json(), "ModelList")
    holds(httpx.get(f"{gateway.url}/v1/models/desk@1").json(), "Model")
    holds(httpx.get(f"{gateway.url}/healthz").json(), "Health")
    for path in ("/v1/models/none", "/nowhere", "/v1/completions"):
        holds(httpx.get(gateway.url + path).json(), "Error")


def test_every_path_of_the_document_is_there_and_tells_nothing_of_releases(home):
    with running(home, FakeEngine()) as gateway:
        keys.create(home, "mira", "a")
        told = httpx.get(f"{gateway.url}/openapi.json")
        assert (told.status_code, told.json()) == (200, DOCUMENT)
        assert "desk" not in told.text
        for path, methods in DOCUMENT["paths"].items():
            for method in methods:
                answer = httpx.request(method, gateway.url + path.replace("{model}", "desk"))
                assert answer.status_code not in (404, 405, 500)
