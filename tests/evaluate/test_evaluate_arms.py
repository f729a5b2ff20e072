"""The arms beside base, prompted and tuned: passages, tools, a server, the live release; and what answers take."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunewright.base import Base, find
from tunewright.core.errors import Fault
from tunewright.core.items import Item, read_about, read_items
from tunewright.core.records import Metric, Report
from tunewright.core.run import Run, start
from tunewright.evaluate import check
from tunewright.evaluate.live import Live
from tunewright.evaluate.report import report
from tunewright.recipe import BaseSpec, EvaluateSpec

sys.path.append(str(Path(__file__).parents[1] / "engine"))
from endpoints import Reply, endpoint, failed
from endpoints import said as reply

Build = Callable[..., Any]
HELP = "A lost card is blocked at once.\n\n# Fees\n\nA transfer is free."


@pytest.fixture(scope="module")
def base() -> Base:
    return find(BaseSpec(name="tiny", weights="random"), Path())


@pytest.fixture
def measured(base: Base, run: Run, dataset: Build, model: Build, bench: Build, asked_example: Build,
             tmp_path: Path) -> Build:
    """The report of some exchanges that `answer` is asked about, and its items."""

    def build(spec: dict[str, Any], exchanges: dict[str, str], answer: Callable[[str, str | None], str],
              again: Run | None = None, live: Live | None = None, **more: Any) -> tuple[Report, list[Item], Any]:
        whole = EvaluateSpec.model_validate({"suites": ["task"], "scorers": ["exact"], **spec})
        data = dataset([], [asked_example(asked, wanted) for asked, wanted in exchanges.items()])
        desk = bench(answer, **more)
        made = report(whole, None, base, model("m" + str(len(list(tmp_path.iterdir())))), data, "x", again or run, desk,
                      tmp_path, live)
        return made, read_items(run.home.store, made), desk

    return build


def metric(made: Report, name: str, arm: str) -> Metric:
    (found,) = [one for one in made.metrics if (one.name, one.arm) == (name, arm)]
    return found


def of(items: list[Item], arm: str) -> list[Item]:
    return [item for item in items if item.arm == arm]


def test_the_retrieval_arm_is_shown_passages_and_its_sources_are_kept(measured: Build, tmp_path: Path) -> None:
    pytest.importorskip("bm25s")
    (tmp_path / "help.md").write_text(HELP)

    def answer(text: str, model: str | None) -> str:
        return "blocked" if "is blocked at once" in text else "no idea"

    made, items, _ = measured({"arms": ["base", "retrieval"], "documents": {"path": "help.md", "top": 1}},
                              {"What of a lost card?": "blocked", "Zebra?": "a horse"}, answer)
    assert metric(made, "task/exact", "retrieval").value == 0.5
    assert metric(made, "task/exact", "base").value == 0
    known, unknown = sorted(of(items, "retrieval"), key=lambda item: item.expected != "blocked")
    assert known.sources == ("help.md#1",)
    assert known.prompt[-1]["content"].endswith("\n\nWhat of a lost card?")
    assert "[1] (help.md#1) A lost card" in known.prompt[-1]["content"]
    assert unknown.sources == ()
    assert unknown.prompt[-1]["content"] == "Zebra?"
    assert all(item.sources == () for item in of(items, "base"))


def test_passages_leave_room_for_the_answer(measured: Build, tmp_path: Path) -> None:
    pytest.importorskip("bm25s")
    (tmp_path / "help.md").write_text("card " * 40)
    _, items, _ = measured({"arms": ["retrieval"], "documents": {"path": "help.md"}, "new_tokens": 10},
                           {"A card?": "yes"}, lambda text, model: "yes", context=30)
    assert of(items, "retrieval")[0].sources == ()


def adding(text: str, model: str | None) -> str:
    """Asks the calculator, and says what it gives."""
    if "gives" in text or text.isdigit():
        return text.split()[-1]
    return json.dumps({"name": "calculator", "arguments": {"expression": text}})


@pytest.mark.parametrize("native", [False, True])
def test_the_tools_arm_answers_with_what_its_tools_give(measured: Build, native: bool) -> None:
    made, items, desk = measured({"arms": ["base", "tools"]}, {"12 * 7": "84", "1 + 1": "2"}, adding, tools=native)
    assert metric(made, "task/exact", "tools").value == 1
    assert metric(made, "task/exact", "base").value == 0
    (item,) = [item for item in of(items, "tools") if item.expected == "84"]
    assert item.sources == ("calculator(expression='12 * 7') = 84",)
    assert item.scores["tokens"] == 2  # the call's and the answer's
    with_tools = [request for request in desk.engine.requests if request.tools]
    assert bool(with_tools) == native
    roles = {message["role"] for request in desk.engine.requests for message in request.messages}
    assert ("tool" in roles) == native
    assert ("system" in roles) == (not native)


def test_the_users_functions_are_tools(measured: Build, tmp_path: Path) -> None:
    (tmp_path / "bank.py").write_text('def fee(sum: float) -> str:\n    "The fee."\n    return "fee " + str(sum)\n')

    def answer(text: str, model: str | None) -> str:
        return text.split("gives ")[1] if "gives" in text else '{"name": "fee", "arguments": {"sum": 2.5}}'

    made, _, _ = measured({"arms": ["tools"], "tools": {"functions": "bank.py"}}, {"What is it?": "fee 2.5"}, answer)
    assert metric(made, "task/exact", "tools").value == 1
    with pytest.raises(Fault, match="is no file in the recipe's folder"):
        measured({"arms": ["tools"], "tools": {"functions": "../bank.py"}}, {"What?": "x"}, answer)


def test_who_never_stops_calling_is_stopped(measured: Build) -> None:
    endless = '{"name": "calculator", "arguments": {"expression": "1"}}'
    _, items, desk = measured({"arms": ["tools"], "tools": {"rounds": 2}}, {"Go on": "1"}, lambda text, model: endless)
    assert len(desk.engine.requests) == 3
    assert len(of(items, "tools")[0].sources) == 2
    assert of(items, "tools")[0].answer == endless


def test_a_talk_with_tools_ends_where_the_base_reads_no_more(measured: Build) -> None:
    call = '{"name": "calculator", "arguments": {"expression": "1"}}'
    _, items, desk = measured({"arms": ["tools"]}, {"Go on": "1"}, lambda text, model: call, context=4, tools=True)
    assert len(desk.engine.requests) == 2
    assert of(items, "tools")[0].answer == call


def test_a_server_is_asked_once_and_what_it_refuses_is_wrong(measured: Build, run: Run, said: list[str]) -> None:
    def answer(_: int, body: dict[str, Any]) -> Reply:
        text = body["messages"][-1]["content"]
        return failed(400) if "forbidden" in text else reply(text.upper())

    with endpoint(answer) as served:
        spec = {"arms": ["endpoint", "tuned"], "scorers": ["exact", "loss"], "prices": {"input": 10, "output": 20},
                "endpoint": {"url": served.url, "model": "big", "retries": 0}}
        asked = {"one": "ONE", "two": "TWO", "forbidden": "FORBIDDEN"}
        made, items, _ = measured(spec, asked, lambda text, model: text)
        assert len(served.asked) == 3
        measured(spec, asked, lambda text, model: text)
        assert len(served.asked) == 3
    assert metric(made, "task/exact", "endpoint").value == pytest.approx(2 / 3)
    assert metric(made, "task/cost_per_1000", "endpoint").n == 3
    assert of(items, "endpoint")[0].scores["cost_per_1000"] == pytest.approx((7 * 10 + 3 * 20) / 1e6 * 1000)
    assert not any(one.name == "task/loss" and one.arm == "endpoint" for one in made.metrics)
    assert any("loss need likelihoods" in line for line in said)
    assert any("1 questions are refused" in line for line in said)


def test_a_server_is_asked_some_questions_alone_whatever_their_number(measured: Build) -> None:
    with endpoint(lambda _, body: reply("1")) as served:
        spec = {"arms": ["endpoint"], "endpoint": {"url": served.url, "model": "big"}, "latency": {"alone": 3}}
        made, _, _ = measured(spec, {str(number): "1" for number in range(150)}, lambda text, model: text)
        assert len(served.asked) == 153
    assert metric(made, "task/latency_p50", "endpoint").n == 3
    assert metric(made, "task/exact", "endpoint").value == 1


def test_what_was_answered_before_a_server_failed_is_not_asked_again(measured: Build) -> None:
    def answer(number: int, _: dict[str, Any]) -> Reply:
        return failed(500) if number == 100 else reply("1")

    asked = {str(number): "1" for number in range(150)}
    with endpoint(answer) as served:
        spec = {"arms": ["endpoint"], "endpoint": {"url": served.url, "model": "big", "retries": 0}}
        with pytest.raises(Fault, match="answered 500"):
            measured(spec, asked, lambda text, model: text)
        before = len(served.asked)
        measured(spec, asked, lambda text, model: text)
        assert len(served.asked) - before == 150 - 64


def test_a_server_whose_key_is_missing_is_a_fault(measured: Build) -> None:
    spec = {"arms": ["endpoint"], "endpoint": {"url": "https://host/v1", "model": "m", "key": "NO_SUCH_KEY_HERE"}}
    with pytest.raises(Fault, match=r"NO_SUCH_KEY_HERE, which `evaluate\.endpoint\.key` names, is not set"):
        measured(spec, {"a": "b"}, lambda text, model: "")


def test_the_live_release_answers_the_same_items(measured: Build, base: Base, model: Build) -> None:
    before = model("before")

    def answer(text: str, digest: str | None) -> str:
        return {None: "base", before.digest: "live"}.get(digest, "tuned")

    spec = {"arms": ["base", "live", "tuned"]}
    made, items, _ = measured(spec, {"a": "live"}, answer, live=Live("x@1", before, base))
    assert {item.arm: item.answer for item in items if item.arm != "majority"} == {
        "base": "base", "live": "live", "tuned": "tuned"}
    assert made.arms == ("majority", "base", "live", "tuned")
    made, _, _ = measured(spec, {"a": "live"}, answer)
    assert "live" not in made.arms


def test_what_answers_take_is_measured(measured: Build) -> None:
    made, items, _ = measured({"arms": ["base", "tuned"], "prices": {"hour": 3600}}, {str(n): "1" for n in range(40)},
                              lambda text, model: text)
    for arm in ("base", "tuned"):
        for name in ("latency_p50", "latency_p95", "latency_p99", "cost_per_1000", "tokens_per_second"):
            found = metric(made, f"task/{name}", arm)
            assert found.low <= found.value <= found.high
            assert found.higher_is_better == (name == "tokens_per_second")
            assert found.n == 40
    one = of(items, "base")[0].scores
    assert one["cost_per_1000"] == pytest.approx(1000 * one["busy"])  # a machine that costs one a second
    busy = sum(item.scores["busy"] for item in of(items, "tuned"))
    assert metric(made, "task/tokens_per_second", "tuned").value == pytest.approx(40 / busy)
    assert not any(one.name.startswith("task/latency") for one in made.differences)
    assert not {"seconds", "busy", "tokens"} & set(of(items, "majority")[0].scores)


def test_seconds_may_be_those_of_answers_asked_alone(measured: Build) -> None:
    made, items, desk = measured({"arms": ["base"], "latency": {"alone": 3}}, {str(n): "1" for n in range(10)},
                                 lambda text, model: text)
    assert metric(made, "task/latency_p50", "base").n == 3
    assert sum("seconds" in item.scores for item in of(items, "base")) == 3
    assert sum("busy" in item.scores for item in of(items, "base")) == 10
    assert len(desk.engine.requests) == 13


def test_seconds_of_an_earlier_run_are_said_to_be_its(measured: Build, run: Run) -> None:
    heard: list[str] = []
    spec, asked = {"arms": ["base", "tuned"]}, {"a": "a", "b": "b"}
    measured(spec, asked, lambda text, model: text)
    later = start(run.home, "tester", lambda _stage, text: heard.append(text))
    made, _, _ = measured(spec, asked, lambda text, model: text, again=later)
    assert heard[0] == f"base: answers, and the seconds that they took, are those of run {run.number}"
    assert read_about(run.home.store, made).earlier == {"base": run.number}


def test_an_arm_without_what_it_needs_is_refused() -> None:
    with pytest.raises(ValueError, match="arm retrieval needs documents"):
        EvaluateSpec(arms=("retrieval",))
    with pytest.raises(ValueError, match="arm endpoint needs a server"):
        EvaluateSpec(arms=("endpoint",))


@pytest.mark.parametrize(("spec", "told"), [
    ({"arms": ["retrieval"], "documents": {"path": "nowhere"}}, "holds no document"),
    ({"arms": ["tools"], "tools": {"functions": "nowhere.py"}}, "is no file in the recipe's folder"),
    ({"arms": ["endpoint"], "endpoint": {"url": "ftp://host", "model": "m"}}, r"is not a plain http\(s\) URL"),
    ({"arms": ["endpoint"], "endpoint": {"url": "https://h", "model": "m", "key": "NO_SUCH_KEY_HERE"}}, "is not set")])
def test_an_arm_that_could_not_answer_is_a_fault_before_any_training(tmp_path: Path, spec: dict[str, Any],
                                                                     told: str) -> None:
    with pytest.raises(Fault, match=told):
        check(EvaluateSpec.model_validate(spec), tmp_path)
