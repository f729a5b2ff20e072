"""A client that retrieves says what it used: it is on record, and no model sees it."""

import click.testing
import pytest
from gateways import running
from upstreams import serving, whole

from tunewright.cli.explain import command
from tunewright.engine.upstream import Names, Upstream
from tunewright.serve.audit import find

SOURCES = [{"id": "handbook/cards#12", "digest": "a" * 64}, {"id": "faq"}]


def said(gateway, sources, **more):
    return gateway.ask(extra_body={"sources": sources}, **more)


def test_what_was_retrieved_is_on_record(gateway):
    answer = said(gateway, SOURCES)
    assert find(gateway.home, answer.id)["sources"] == SOURCES
    chunks = list(said(gateway, SOURCES, stream=True))
    assert find(gateway.home, chunks[0].id)["sources"] == SOURCES
    raw = gateway.client.completions.create(model="desk", prompt="a", extra_body={"sources": SOURCES[:1]})
    assert find(gateway.home, raw.id)["sources"] == SOURCES[:1]


def test_a_record_without_says_nothing_of_it(gateway):
    for answer in (gateway.ask(), said(gateway, [])):
        assert "sources" not in find(gateway.home, answer.id)


def test_what_is_no_name_of_a_source_stays_out_of_the_record(gateway):
    answer = said(gateway, [{"id": "faq", "text": "zebra", "title": "zebra"}])
    assert find(gateway.home, answer.id)["sources"] == [{"id": "faq"}]


@pytest.mark.parametrize("sources", [
    [{}], [{"id": ""}], [{"id": "a" * 257}], [{"id": 3}], [{"id": "a", "digest": "b"}], [{"id": "a"}] * 65, ["a"], "a"])
def test_what_is_no_source_is_400(gateway, sources):
    import openai

    with pytest.raises(openai.BadRequestError) as caught:
        said(gateway, sources)
    assert caught.value.param.startswith("sources")


def test_no_model_sees_it_and_its_prompt_is_the_same(home):
    with serving() as server, running(home, Upstream(server.url, Names(model="{digest}", base=None))) as gateway:
        server.answers = [whole("yes")]
        with_it, without = said(gateway, SOURCES), gateway.ask()
        assert "sources" not in server.asked[0]
        assert find(home, with_it.id)["prompt_digest"] == find(home, without.id)["prompt_digest"]


def test_explain_tells_each(gateway):
    answer = said(gateway, SOURCES)
    shown = click.testing.CliRunner().invoke(command, [answer.id, "--home", str(gateway.home.path)]).output
    assert f"source           handbook/cards#12 {'a' * 64}\n" in shown
    assert "source           faq\n" in shown


def test_the_document_of_the_api_tells_it(gateway):
    import httpx

    kinds = httpx.get(f"{gateway.url}/openapi.json").json()["components"]["schemas"]
    for kind in ("ChatAsked", "TextAsked"):
        assert "sources" in kinds[kind]["properties"]
