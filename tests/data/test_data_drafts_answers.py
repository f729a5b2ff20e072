"""Answers are asked for once; what is verified; which drafts a person looks at; what a review file says."""

import json
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.data.drafts import engines, verify
from tunewright.data.drafts.answers import Answer, Asker
from tunewright.data.drafts.label import elect
from tunewright.data.drafts.novel import repeats
from tunewright.data.drafts.sample import sampled
from tunewright.data.drafts.seeds import Seed
from tunewright.data.drafts.verify import Candidate
from tunewright.data.readers import review_file
from tunewright.data.readers.review_file import Draft, Drafts, Head, name, standing
from tunewright.engine import Completion, FakeEngine, Refused, Request
from tunewright.recipe.engine import EndpointSpec, KnownSpec, LocalSpec
from tunewright.recipe.synthetic import SyntheticSpec


class Counting(FakeEngine):
    """Counts what it is asked; fails for good after `most` requests, and refuses those that say no."""

    def __init__(self, most: int = 1000) -> None:
        super().__init__(answers=("one", "two", "three"))
        self.asked = 0
        self.most = most

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        if any(request.prompt == "no" for request in requests):
            raise Refused("the request is refused: change it.")
        self.asked += len(requests)
        if self.asked > self.most:
            raise Fault("the endpoint is gone: ask later.")
        return super().generate(requests)


def ask(folder: Path, identity: dict[str, Any], engine: Any, asked: list[Request], about: str = "r") -> list[Answer]:
    return Asker(folder, identity, lambda: engine).ask(asked, [about] * len(asked))


def requests(count: int, prompt: str = "p") -> list[Request]:
    return [Request(prompt=prompt, new_tokens=5, seed=at) for at in range(count)]


def test_the_same_is_never_asked_twice(tmp_path: Path) -> None:
    engine = Counting()
    first = ask(tmp_path, {"kind": "fake"}, engine, [*requests(100), *requests(3)])
    assert engine.asked == 100
    assert [one.text for one in first[:4]] == ["one", "two", "three", "one"] and first[100:] == first[:3]

    def nobody() -> FakeEngine:
        raise AssertionError("an engine was opened")

    assert Asker(tmp_path, {"kind": "fake"}, nobody).ask(requests(100), ["r"] * 100) == first[:100]


def test_another_engine_or_another_question_is_asked_anew(tmp_path: Path) -> None:
    engine = Counting()
    ask(tmp_path, {"kind": "fake"}, engine, requests(2))
    ask(tmp_path, {"kind": "fake", "answers": "x"}, engine, requests(2))
    ask(tmp_path, {"kind": "fake"}, engine, requests(2, "q"))
    assert engine.asked == 6


def test_a_stopped_run_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="gone"):
        ask(tmp_path, {}, Counting(most=130), requests(200))
    engine = Counting()
    assert len(ask(tmp_path, {}, engine, requests(200))) == 200
    assert engine.asked == 200 - 128  # two calls of 64 were answered


def test_an_endpoints_answers_are_kept_one_by_one(tmp_path: Path) -> None:
    engine = Counting(most=7)
    with pytest.raises(Fault, match="gone"):
        Asker(tmp_path, {}, lambda: engine, together=1, calls=3).ask(requests(50), ["r"] * 50)
    assert len(list((tmp_path / "r").iterdir())) == 7
    assert engine.asked <= 7 + 3  # and nobody went on asking


def test_a_torn_answer_is_asked_again_and_a_refused_one_spares_its_neighbours(tmp_path: Path) -> None:
    engine = Counting()
    [first, *_] = ask(tmp_path, {}, engine, requests(3))
    (tmp_path / "r" / first.request).write_text('{"request": ')
    assert ask(tmp_path, {}, engine, requests(1)) == [first]
    found = ask(tmp_path, {}, engine, [*requests(2, "x"), *requests(1, "no"), *requests(2, "y")])
    assert [one.refused is not None for one in found] == [False, False, True, False, False]


def test_an_endpoint_without_its_key_is_a_fault_that_names_the_variable(tmp_path: Path) -> None:
    spec = EndpointSpec(kind="openai", url="https://x/v1", model="m", key="TUNEWRIGHT_NO_SUCH_KEY")
    with pytest.raises(Fault, match="environment variable TUNEWRIGHT_NO_SUCH_KEY"):
        engines.opened(spec, tmp_path, Home(tmp_path))
    assert engines.identity(spec, tmp_path) == {"kind": "openai", "url": "https://x/v1", "model": "m"}


def test_a_model_that_is_none_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path)
    digest = home.store.put(json.dumps({"record": "report"}).encode())
    with pytest.raises(Fault, match="is a report, not a model"):
        engines.opened(LocalSpec(kind="hf", model=digest), tmp_path, home)


def spec(**fields: Any) -> SyntheticSpec:
    engine = KnownSpec(kind="fake", answers=("x",))
    return SyntheticSpec(kind="synthetic", path="made.jsonl", license="proprietary", basis="contract",
                         seeds="a", engine=engine, **fields)


def record(asked: str, answered: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]}


def candidate(asked: str, answered: str, at: int = 0) -> Candidate:
    return Candidate(Seed(str(at), f"{at:032x}", f"{at:032x}", at, record(f"seed {at}", "s")), Answer(f"{at:064x}", ""),
                     record(asked, answered))


def quiet(*_: Any) -> None:
    """Nobody listens."""


def test_an_answer_is_held_against_the_schema() -> None:
    schema = {"type": "object", "required": ["a"]}
    some = [candidate("q", answer) for answer in ('{"a": 1}', '{"b": 1}', "a", '{"a": NaN}')]
    assert [one.left_out for one in verify.valid(some, schema)] == [
        None, "its answer does not fit the JSON schema", "its answer is not JSON", "its answer is not JSON"]


def test_fresh_answers_must_agree_and_their_share_is_the_confidence(tmp_path: Path) -> None:
    wanted = spec(verify={"answers": 30, "agree": 0.5})
    asker = Asker(tmp_path, {}, lambda: FakeEngine(answers=("Yes.", "yes", "no", '{"a": 1, "b": 2}')))
    some = [candidate("q1", "yes", 1), candidate("q2", "no", 2)]
    agreed, other = verify.consistent(some, wanted, [one.seed for one in some], asker, quiet)
    assert agreed.left_out is None and 0.5 <= (agreed.confidence or 0) < 1
    assert other.left_out and other.left_out.startswith("only 0.")


def test_a_candidates_own_seed_is_not_shown_when_its_question_is_answered_again(tmp_path: Path) -> None:
    told: list[str] = []

    class Listening(FakeEngine):
        def generate(self, requests: Sequence[Request]) -> list[Completion]:
            told.extend(json.dumps(request.messages) for request in requests)
            return super().generate(requests)

    some = [candidate(f"q{at}", "a", at) for at in range(3)]
    asker = Asker(tmp_path, {}, lambda: Listening(answers=("a",)))
    verify.consistent(some, spec(verify={"answers": 1}), [one.seed for one in some], asker, quiet)
    assert [[f"seed {at}" in text for at in range(3)] for text in told] == [
        [False, True, True], [True, False, True], [True, True, False]]


@pytest.mark.parametrize(("text", "agrees"), [("yes", True), ("Yes, it is.", True), ("**YES**", True), ("no", False),
                                              ("yesterday", False), ("", False), ("I think yes", False)])
def test_a_judge_says_yes_or_it_is_no(text: str, agrees: bool, tmp_path: Path) -> None:
    asker = Asker(tmp_path, {}, lambda: FakeEngine(answers=(text,)))
    [one] = verify.judged([candidate("q", "a")], "Right?", asker, quiet)
    assert (one.left_out is None) is agrees


def test_what_nearly_repeats_a_known_text_or_a_new_one_before_it_is_no_news() -> None:
    known = ["where is the parcel that I ordered last week"]
    texts = ["Where is the parcel that I ordered last week?", "how do I change my address in the account settings",
             "how do I change my address in the account setting", "how can I pay by invoice"]
    found = repeats(known, texts, 0.8)
    assert [value > 0 for value in found] == [True, False, True, False]
    assert found[0] == 1.0


@given(st.lists(st.sampled_from(["cat", "Cat.", "DOG", "fish", ""]), min_size=1),
       st.permutations(["cat", "dog", "cow"]))
def test_the_elected_label_has_most_votes_and_its_share_is_the_confidence(answers: list[str],
                                                                          labels: list[str]) -> None:
    label, share = elect(answers, labels)
    votes = Counter(word for answer in answers if (word := answer.lower().strip(".")) in labels)
    assert (label is None) == (not votes)
    assert share == (votes[label] / len(answers) if label else 0.0)
    assert label is None or votes[label] == max(votes.values())


def draft(number: int, stratum: str = "", **more: Any) -> Draft:
    content = record(f"q{number}", "a")
    return Draft(name(content, {"n": number}), content, {"n": number}, stratum=stratum, **more)


strata = st.lists(st.sampled_from("abcd"), max_size=80)


@given(strata=strata, size=st.integers(1, 60), shuffle=st.randoms(use_true_random=False))
def test_a_sample_has_its_size_and_each_stratum_its_share(strata: list[str], size: int, shuffle: Any) -> None:
    drafts = [draft(at, stratum) for at, stratum in enumerate(strata)]
    chosen = {one.id for one in sampled(drafts, size) if one.sampled}
    assert len(chosen) == min(size, len(drafts))
    for stratum, count in Counter(strata).items():
        got = sum(one.id in chosen for one in drafts if one.stratum == stratum)
        assert abs(got - min(size, len(drafts)) * count / len(drafts)) < 1
    shuffle.shuffle(drafts)
    assert {one.id for one in sampled(drafts, size) if one.sampled} == chosen


decisions = st.lists(st.sampled_from([None, "accept", "reject", "edit"]), min_size=1, max_size=30)


@given(decisions=decisions, size=st.integers(1, 30), bound=st.floats(0.05, 0.95))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_review_file_comes_back_as_it_was_and_uses_nothing_that_a_person_rejected(
        decisions: list[Any], size: int, bound: float, tmp_path: Path) -> None:
    drafts = sampled([draft(at, decision=one) for at, one in enumerate(decisions)], size)
    path = tmp_path / "made.jsonl"
    path.unlink(missing_ok=True)
    review_file.write(path, Drafts(Head("synthetic", "0", len(drafts), len(drafts), size, bound), drafts))
    found = review_file.read(path, "made.jsonl")
    assert {one.id: one for one in found.drafts} == {one.id: one for one in drafts}
    judged = standing(found)
    used = review_file.used(found, judged)
    assert all(one.settled != "reject" for _, one in used)
    assert {one.id for _, one in used} >= {one.id for one in drafts if one.settled in ("accept", "edit")}
    if judged.outcome != "pass":
        assert all(one.settled for _, one in used)
    lines = path.read_text().splitlines()
    assert all(json.loads(lines[line - 1])["id"] == one.id for line, one in used)


def test_two_people_at_once_lose_nothing_of_each_others(tmp_path: Path) -> None:
    path, drafts = tmp_path / "made.jsonl", [draft(at) for at in range(60)]
    review_file.write(path, Drafts(Head("synthetic", "0", 60, 60, 60, 0.9), sampled(drafts, 60)))

    def person(name: str, some: Sequence[Draft]) -> None:
        for one in some:
            review_file.decide(path, "made.jsonl", one.id, "accept", name, "2026-11-24")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(person, ("ann", "ben", "cleo"), (drafts[:20], drafts[20:40], drafts[40:])))
    assert Counter(one.by for one in review_file.read(path, "made.jsonl").drafts) == {"ann": 20, "ben": 20, "cleo": 20}


def test_a_draft_that_was_changed_by_hand_counts_as_edited_whatever_stands_beside_it() -> None:
    one = draft(1, decision="accept")
    changed = Draft(one.id, record("other", "a"), one.made, decision="accept")
    assert (one.settled, changed.settled) == ("accept", "edit")


@pytest.mark.parametrize(("line", "told"), [
    ("{", "line 2"), ('{"id": "x", "wrong": 1}', "line 2 is not a draft"),
    ('{"id": "x", "decision": "maybe"}', "line 2: `decision` is 'maybe'"),
    ('{"id": "x", "content": []}', "line 2: `content` is not an object"),
])
def test_a_line_that_was_spoilt_by_hand_is_named(line: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "made.jsonl"
    review_file.write(path, Drafts(Head("synthetic", "0", 1, 1, 1, 0.9), ()))
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(Fault, match=told):
        review_file.read(path, "made.jsonl")


@pytest.mark.parametrize("text", ['{"id": "x"}\n', '{"review": 3}\n', '{"review": {"kind": "a"}}\n', "\n"])
def test_a_file_that_is_none_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(text)
    with pytest.raises(Fault, match=r"a\.jsonl"):
        review_file.read(tmp_path / "a.jsonl", "a.jsonl")
