"""Sources that an engine makes, from recipe to dataset: drafted, reviewed, capped, told; nothing asked twice."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright import data
from tunewright.core.errors import Fault, Undecided
from tunewright.core.examples import read_examples
from tunewright.core.home import Home
from tunewright.core.run import Run
from tunewright.data.drafted import caps
from tunewright.data.readers import review_file
from tunewright.recipe import DataSpec

FORM = {"prompt": "text", "response": "label"}
DECLARED = {"license": "proprietary", "basis": "contract"}
TOPICS = ("bill", "parcel", "refund", "password", "contract", "invoice", "delivery", "account", "voucher", "warranty")


def rows(count: int) -> list[dict[str, Any]]:
    return [{"text": f"My {TOPICS[at % 10]} from shop number {at * 7919} is missing, what now?",
             "label": TOPICS[at % 10], "customer": f"c{at}"} for at in range(count)]


def answer(at: int) -> str:
    """A good answer of an engine: a record that says something new."""
    words = " ".join(f"{TOPICS[(at + step * step) % 10]} {at * 31 + step}" for step in range(6))
    return json.dumps({"messages": [{"role": "user", "content": f"Where can I find {words}?"},
                                    {"role": "assistant", "content": TOPICS[at % 10]}]})


def synthetic(answers: list[str], **more: Any) -> dict[str, Any]:
    return {**DECLARED, "kind": "synthetic", "path": "made.jsonl", "seeds": "a.jsonl",
            "engine": {"kind": "fake", "answers": answers}, "review": {"sample": 5, "accept_at_least": 0.4}, **more}


def spec(*sources: dict[str, Any], **split: Any) -> DataSpec:
    return DataSpec.model_validate({"sources": sources, "split": split})


def seed(folder: Path, count: int = 60, **more: Any) -> dict[str, Any]:
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows(count)))
    return {**DECLARED, "path": "a.jsonl", "format": FORM, **more}


def decide(path: Path, *decisions: review_file.Decision) -> None:
    """Decisions on the sample, in its order, around and around."""
    found = review_file.read(path, path.name)
    for at, one in enumerate([draft for draft in found.drafts if draft.sampled]):
        review_file.decide(path, path.name, one.id, decisions[at % len(decisions)], "mira", "2026-11-24")


def test_a_synthetic_source_waits_for_people_and_then_is_part_of_the_dataset(home: Home, run: Run, folder: Path,
                                                                             said: list[str]) -> None:
    wanted = spec(seed(folder), synthetic([answer(at) for at in range(40)], share=0.2))
    with pytest.raises(Undecided, match=r"0 of the 5 drafts to look at are decided.*tunewright review"):
        data.make(wanted, "desk", folder, run)
    decide(folder / "made.jsonl", "accept")
    dataset = data.make(wanted, "desk", folder, run)
    train, test = (read_examples(home.store, dataset, part) for part in ("train", "test"))  # type: ignore[arg-type]
    made = [one for one in train if one.source == 1]
    assert made and all(one.source == 0 for one in test)
    assert len(made) <= 0.2 * len(train) < len(made) + 1.2  # as many as the share allows
    counts = dataset.counts
    assert counts["rows"] == counts["records"] + counts["duplicates"] + counts["leaks"] + counts["refused"] + counts[
        "share"]
    reviewed = dataset.origins[1].reviewed
    assert reviewed and reviewed.accepted == 5 and reviewed.rate == 1.0 and reviewed.unseen > 5
    assert dataset.origins[0].reviewed is None


def test_drafts_move_no_other_record(home: Home, run: Run, folder: Path) -> None:
    source = seed(folder)
    alone = data.make(spec(source), "desk", folder, run)
    wanted = spec(synthetic([answer(at) for at in range(40)]), source)  # even if they come first
    with pytest.raises(Undecided):
        data.make(wanted, "desk", folder, run)
    decide(folder / "made.jsonl", "accept")
    together = data.make(wanted, "desk", folder, run)

    def held(dataset: Any, part: Any, source: int) -> list[str]:
        return [one.id for one in read_examples(home.store, dataset, part) if one.source == source]

    for part in ("train", "validation", "test"):
        assert held(alone, part, 0) == held(together, part, 1)


@pytest.mark.parametrize("split", [{}, {"group": "customer"}, {"group": {"similar": 0.95}}, {"stratify": "label"}])
def test_an_engine_is_not_shown_what_is_held_out(split: dict[str, Any], run: Run, folder: Path, home: Home) -> None:
    source = seed(folder)
    alone = data.make(spec(source, **split), "desk", folder, run)
    with pytest.raises(Undecided):
        data.make(spec(source, synthetic([answer(at) for at in range(40)]), **split), "desk", folder, run)
    train = {one.id for one in read_examples(home.store, alone, "train")}
    found = review_file.read(folder / "made.jsonl", "made.jsonl")
    assert {seed for one in (*found.drafts, *found.left_out) for seed in one.made["seeds"]} == train


def test_a_second_run_asks_nothing_and_an_edited_recipe_keeps_what_people_decided(run: Run, folder: Path,
                                                                                  said: list[str]) -> None:
    review = {"sample": 5, "accept_at_least": 0.1}
    wanted = spec(seed(folder), synthetic([answer(at) for at in range(40)], review=review))
    path = folder / "made.jsonl"
    with pytest.raises(Undecided):
        data.make(wanted, "desk", folder, run)
    first = path.read_text()
    decide(path, "accept", "reject")
    decided = path.read_text()
    other = spec(seed(folder), synthetic([answer(at) for at in range(40)], review=review, prompt="Another, as JSON."))
    with pytest.raises(Undecided):
        data.make(other, "desk", folder, run)
    assert path.read_text() != decided
    gone = [one for one in review_file.read(path, "made.jsonl").left_out if one.decision]
    assert len(gone) == 5 and all(one.content == {} for one in gone)
    data.make(wanted, "desk", folder, run)
    assert path.read_text() == decided != first


def test_a_source_whose_drafts_are_too_often_wrong_gives_only_what_a_person_took(run: Run, folder: Path,
                                                                                 home: Home) -> None:
    wanted = spec(seed(folder), synthetic([answer(at) for at in range(40)], share=0.9,
                                          review={"sample": 20, "accept_at_least": 0.9}))
    with pytest.raises(Undecided):
        data.make(wanted, "desk", folder, run)
    decide(folder / "made.jsonl", "accept", "reject")
    dataset = data.make(wanted, "desk", folder, run)
    reviewed = dataset.origins[1].reviewed
    assert reviewed and (reviewed.accepted, reviewed.rejected, reviewed.unseen) == (10, 10, 0)
    assert dataset.origins[1].rows == 10


def test_too_few_decisions_to_tell_stop_the_run_and_say_how_many_would_do(run: Run, folder: Path) -> None:
    wanted = spec(seed(folder, 200), synthetic([answer(at) for at in range(140)],
                                               review={"sample": 10, "accept_at_least": 0.9}))
    with pytest.raises(Undecided):
        data.make(wanted, "desk", folder, run)
    decide(folder / "made.jsonl", "accept")
    with pytest.raises(Undecided, match=r"1.00 \(0.69 to 1.00\) of 10 accepted cannot tell.*raise `review.sample`"):
        data.make(wanted, "desk", folder, run)


def test_variations_of_a_person_are_that_persons_too(run: Run, folder: Path, home: Home) -> None:
    wanted = spec(seed(folder, subject="customer"), synthetic([answer(at) for at in range(40)]), group="customer")
    with pytest.raises(Undecided):
        data.make(wanted, "desk", folder, run)
    found = review_file.read(folder / "made.jsonl", "made.jsonl")
    assert all(one.fields["customer"].startswith("c") for one in found.drafts)


def test_a_seed_about_nobody_has_variations_about_nobody(run: Run, folder: Path, home: Home) -> None:
    declared = seed(folder, subject="customer")
    (folder / "a.jsonl").write_text("".join(json.dumps({**row, "customer": None if at % 2 else f"c{at}"}) + "\n"
                                            for at, row in enumerate(rows(60))))
    wanted = spec(declared, synthetic([answer(at) for at in range(40)]))
    with pytest.raises(Undecided):
        data.make(wanted, "desk", folder, run)
    found = review_file.read(folder / "made.jsonl", "made.jsonl")
    assert {one.fields["customer"] is None for one in found.drafts} == {True, False}
    decide(folder / "made.jsonl", "accept")
    assert data.make(wanted, "desk", folder, run).counts["refused"] == 0


def test_with_a_record_that_is_gone_all_that_was_answered_about_it_is_erased(run: Run, folder: Path,
                                                                            home: Home) -> None:
    wanted = spec(seed(folder, subject="customer"), synthetic([answer(at) for at in range(40)]))
    with pytest.raises(Undecided):
        data.make(wanted, "desk", folder, run)
    before = {path.name for path in (home.path / "answers").iterdir()}
    gone = review_file.read(folder / "made.jsonl", "made.jsonl").drafts[0]
    left = [row for row in rows(60) if row["customer"] != gone.fields["customer"]]
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in left))
    with pytest.raises(Undecided):
        data.make(wanted, "desk", folder, run)
    assert before - {path.name for path in (home.path / "answers").iterdir()} == {gone.made["answers"]}
    assert gone.id not in (folder / "made.jsonl").read_text()


def test_labels_are_proposed_reviewed_and_learned(run: Run, folder: Path, home: Home) -> None:
    (folder / "rows.csv").write_text("text,team\n" + "".join(f"please look at case {at * 7919},t{at % 3}\n"
                                                             for at in range(30)))
    label = {**DECLARED, "kind": "label", "path": "named.jsonl", "unlabelled": "rows.csv", "labels": ["Bill", "parcel"],
             "engine": {"kind": "fake", "answers": ["bill.", "bill", "BILL", "parcel", "no idea"]}, "answers": 10,
             "confidence_at_least": 0.3, "examples": "a.jsonl", "review": {"sample": 3, "accept_at_least": 0.2}}
    wanted = spec(seed(folder), label)
    with pytest.raises(Undecided, match=r"named.jsonl: 0 of the 3"):
        data.make(wanted, "desk", folder, run)
    found = review_file.read(folder / "named.jsonl", "named.jsonl")
    assert {one.content["messages"][1]["content"] for one in found.drafts} <= {"Bill", "parcel"}
    assert all(one.confidence is not None and one.confidence >= 0.3 for one in found.drafts)
    decide(folder / "named.jsonl", "accept")
    dataset = data.make(wanted, "desk", folder, run)
    made = [one for one in read_examples(home.store, dataset, "train") if one.source == 1]
    assert len(made) == len(found.drafts)
    assert made[0].messages[0]["content"].startswith("please look at case")


def test_an_engine_that_writes_nothing_usable_is_a_fault(run: Run, folder: Path) -> None:
    with pytest.raises(Fault, match=r"made.jsonl: no answer became a draft; the first: `answer` holds no JSON object"):
        data.make(spec(seed(folder), synthetic(["I would rather not."])), "desk", folder, run)
    assert not (folder / "made.jsonl").exists()


@pytest.mark.parametrize(("seeds", "sentence"), [("b.jsonl", "is no source of this recipe: name one of a.jsonl"),
                                                 ("made.jsonl", "is no source of this recipe")])
def test_seeds_come_from_a_source_that_is_there(seeds: str, sentence: str, run: Run, folder: Path) -> None:
    with pytest.raises(Fault, match=sentence):
        data.make(spec(seed(folder), synthetic(["x"], seeds=seeds)), "desk", folder, run)


def test_a_review_file_is_one_sources_own(run: Run, folder: Path) -> None:
    with pytest.raises(Fault, match=r"two sources have the path made\.jsonl"):
        data.make(spec(seed(folder), synthetic(["x"]), synthetic(["y"])), "desk", folder, run)


def test_a_file_that_is_no_review_file_is_left_alone(run: Run, folder: Path) -> None:
    (folder / "made.jsonl").write_text('{"messages": []}\n')
    with pytest.raises(Fault, match=r"made\.jsonl, line 1 is not the first line of a review file"):
        data.make(spec(seed(folder), synthetic(["x"])), "desk", folder, run)
    assert (folder / "made.jsonl").read_text() == '{"messages": []}\n'


def test_what_may_no_longer_be_used_is_not_shown_to_an_engine(run: Run, folder: Path) -> None:
    declared = seed(folder, collected={"column": "day"}, retention="1y")
    (folder / "a.jsonl").write_text("".join(json.dumps({**row, "day": "2020-01-01" if at % 2 else "2026-11-01"}) + "\n"
                                            for at, row in enumerate(rows(60))))
    with pytest.raises(Undecided):
        data.make(spec(declared, synthetic([answer(at) for at in range(40)])), "desk", folder, run,
                  today=date(2026, 11, 24))
    found = review_file.read(folder / "made.jsonl", "made.jsonl")
    assert {one.fields["day"] for one in found.drafts} == {"2026-11-01"}
    assert 15 < found.head.asked <= 30


def test_seeds_are_not_taken_from_the_examination(run: Run, folder: Path) -> None:
    with pytest.raises(Fault, match="held out for test"):
        data.make(spec(seed(folder, part="test"), synthetic(["x"])), "desk", folder, run)


sizes = st.dictionaries(st.integers(0, 3), st.integers(0, 200), min_size=1)


@given(sizes=sizes, others=st.integers(0, 300), share=st.floats(0.05, 0.9))
def test_no_source_is_more_than_its_share_and_none_keeps_fewer_than_it_may(sizes: dict[int, int], others: int,
                                                                         share: float) -> None:
    shares = dict.fromkeys(sizes, share)
    kept = caps(sizes, others, shares)
    total = others + sum(kept.values())
    assert all(0 <= kept[at] <= sizes[at] and kept[at] <= share * total + 1e-6 for at in sizes)
    for at in sizes:
        more = kept[at] + 1
        assert more > sizes[at] or more > share * (total + 1)


def test_a_row_that_is_asked_in_the_examination_is_not_labelled_for_training(run: Run, folder: Path,
                                                                           home: Home) -> None:
    (folder / "rows.csv").write_text("text\n" + "".join(f'"{row["text"]}"\n' for row in rows(60)))
    label = {**DECLARED, "kind": "label", "path": "named.jsonl", "unlabelled": "rows.csv", "labels": ["yes", "no"],
             "engine": {"kind": "fake", "answers": ["yes"]}, "review": {"sample": 1, "accept_at_least": 0.01}}
    wanted = spec(label, seed(folder))
    with pytest.raises(Undecided):
        data.make(wanted, "desk", folder, run)
    decide(folder / "named.jsonl", "accept")
    dataset = data.make(wanted, "desk", folder, run)
    held = {one.messages[0]["content"] for part in ("validation", "test")
            for one in read_examples(home.store, dataset, part)}  # type: ignore[arg-type]
    made = {one.messages[0]["content"] for one in read_examples(home.store, dataset, "train") if one.source == 0}
    assert held and made == {row["text"] for row in rows(60)} - held
    assert dataset.counts["leaks"] == len(held)
    removed = home.store.get(home.store.folder(dataset.files)["removed.jsonl"]).decode().splitlines()
    assert {(one["why"], one["path"], one["same_path"]) for one in map(json.loads, removed)} == {
        ("leak", "named.jsonl", "a.jsonl")}
