"""What is no request is answered as one that is wrong, in OpenAI's shape, whatever was sent."""

import json
import re

import httpx
import pytest
from gateways import add_release, made_up, running
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright import registry
from tunewright.core.home import Home
from tunewright.engine import FakeEngine
from tunewright.tuning import read, service

RECIPE = ("name: kitchen\npurpose: Tell long from short.\nbase: tiny\ngate: [{metric: task/exact, at_least: 0.1}]\n"
          "data: {sources: [{path: rows.jsonl, format: chat, license: CC0-1.0, basis: contract}]}\n")
BODIES = {
    "/v1/chat/completions": {"model": "desk", "messages": [{"role": "user", "content": "a"}]},
    "/v1/completions": {"model": "desk", "prompt": "a"},
    "/v1/feedback": {"id": "chatcmpl-0", "thumbs": "up"},
    "/v1/fine_tuning/jobs": {"model": "tiny", "training_file": "file-0"}}
PATHS = pytest.mark.parametrize("path", BODIES)
HUGE = "9" * 5000


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("home"))
    add_release(home, made_up(home, 1))
    registry.promote(home, "desk@1", "mira", "first")
    (home.path / "jobs.yaml").write_text(RECIPE)
    with running(home, FakeEngine(), service=service(home, read(home.path / "jobs.yaml"))) as found, httpx.Client(
            base_url=found.url) as found.http:
        yield found


def ask(gateway, path, content, **headers):
    return gateway.http.post(path, content=content, headers={"content-type": "application/json", **headers})


def refused(answer, status=400):
    assert answer.status_code == status, answer.text
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


def with_field(path, text):
    """The path's body with one more field, written as `text`."""
    return f"{json.dumps(BODIES[path])[:-1]}, {text}}}".encode()


@PATHS
@pytest.mark.parametrize("content", [
    b"", b"\0", b"{", b"[]", b"null", b"1", b'"a"', b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"{'model': 1}", b"[" * 100_000,
    b'{"model":' * 50_000, b'{"model": "\\ud800"}', b'{"model": "\xed\xa0\x80"}', b"{} {}", b'{"model": 1,}',
    HUGE.encode(), b'{"model": "a"}\0'])
def test_what_is_no_body_is_refused(gateway, path, content):
    refused(ask(gateway, path, content))


@PATHS
@pytest.mark.parametrize("text", [
    '"x": NaN', '"x": -Infinity', f'"x": {"[" * 1000}{"]" * 1000}', '"x": "\\ud800"', '"x": "\n"', '"x": 01',
    '"model": NaN', '"id": 1, "model": Infinity'])
def test_what_is_no_json_is_refused_in_a_field_too(gateway, path, text):
    refused(ask(gateway, path, with_field(path, text)))


@pytest.mark.parametrize("text", [
    f'"seed": {HUGE}', '"seed": 1e999', '"seed": 1e300', '"seed": 0.5', '"max_tokens": 1e30', '"temperature": 1e999',
    '"n": -1', '"n": true', '"n": "1"', f'"temperature": {HUGE}', '"logit_bias": {"a": 1e999}', '"stop": [""]',
    '"messages": [{"role": "user", "content": null}]',
    '"messages": [{"role": "user", "content": "a", "tool_calls": 1}]',
    '"messages": [{"role": "user", "content": "a", "tool_calls": [{"a": 1e999}]}]',
    '"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": 1}}}'])
def test_a_number_or_a_text_out_of_its_bounds_is_refused(gateway, text):
    path = "/v1/chat/completions"
    refused(ask(gateway, path, with_field(path, text)))


def test_letters_that_are_odd_and_whole_numbers_with_a_point_are_taken(gateway):
    path = "/v1/chat/completions"
    odd = '"user": "\\u0000\\u202e", "seed": -3.0, "n": 2.0, "x": {"a": 1, "a": 2}'
    answer = ask(gateway, path, with_field(path, odd))
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["choices"]) == 2


@pytest.mark.parametrize("query", ["limit=0", "limit=a", "limit=", "limit=1&limit=2", f"limit={HUGE}", "limit=NaN"])
@pytest.mark.parametrize("path", ["/v1/files", "/v1/fine_tuning/jobs"])
def test_a_query_that_is_none_is_refused(gateway, path, query):
    refused(gateway.http.get(f"{path}?{query}"))


@pytest.mark.parametrize("kind", [
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=b; charset=none",
    "multipart/mixed", "application/x-www-form-urlencoded", "text/plain"])
def test_a_form_that_is_none_is_refused(gateway, kind):
    for content in (b"", b"--b\r\n\r\n\r\n--b--", b"--b\r\n" * 5000, b"a=b&purpose=fine-tune"):
        refused(ask(gateway, "/v1/files", content, **{"content-type": kind}))


@given(st.sampled_from(sorted(BODIES)), st.data())
@settings(max_examples=150, derandomize=True, deadline=None, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_body_with_bytes_changed_is_answered(gateway, path, data):
    content = json.dumps(BODIES[path]).encode()
    at = data.draw(st.integers(0, len(content)))
    piece = data.draw(st.binary(max_size=6) | st.sampled_from(
        [b"NaN", b"1e999", b'"\\ud83d"', b"\\u0000", b"[[", b"]", b"}", b'"a":1,', b"\xc3\x28"]))
    answer = ask(gateway, path, content[:at] + piece + content[at + data.draw(st.integers(0, 3)):])
    assert answer.status_code in (200, 400, 404), answer.text
    assert not [said for said in gateway.said if re.search("fault of the gateway", said)]
