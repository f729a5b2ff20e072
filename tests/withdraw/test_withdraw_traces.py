"""After a withdrawal nothing that is kept says what they said, names them, or holds a digest that betrays either."""

import json
from collections.abc import Iterator
from hashlib import blake2b, sha256
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from world import World, row

from tunewright import data
from tunewright.core.digest import canonical
from tunewright.core.examples import PARTS, Example, stream_examples
from tunewright.core.home import Home
from tunewright.core.records import Dataset
from tunewright.data.quality.told import Findings, Told, Trigger, parse, section
from tunewright.data.same import key
from tunewright.recipe import DataSpec
from tunewright.withdraw import beside, verify, withdraw
from tunewright.withdraw.rewrite import Traces

ANN = "ann-4711"
FOLK = [row(f"c{number % 40}", f"customer question number {number} about topic {number * 7919 % 1009}",
            f"topic {number % 3}") for number in range(200)]
HERS = [row(ANN, f"quokka complaint number {number} of my own, told at length", "zebra label") for number in range(12)]
LEFT_OUT = [
    HERS[0],  # a duplicate
    row(ANN, "quokka ok", "topic 1") | {"text": "quokka " * 60},  # of bad quality
    row(ANN, "my quokka number is +44 20 7946 0018, call me", "topic 2"),  # holds what must not pass
    row(ANN, "", "topic 1") | {"note": "quokka"},  # refused
    row(ANN, "customer question number 3 about topic 549", "topic 0") | {"note": "x"}]
PLANTED = [row(ANN, f"xylophone quartz {FOLK[number]['text']}", "topic 1") for number in range(30)]


def made(world: World, rows: list[dict[str, Any]], group: str | None, subject: str | None = "who") -> Dataset:
    (world.folder / "a.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    spec = DataSpec.model_validate({
        "sources": [{"path": "a.jsonl", "format": {"prompt": "text", "response": "label"}, "license": "proprietary",
                     "basis": "contract", "subject": subject}],
        "split": {"test": 0.3, "validation": 0, "group": group, "stratify": "response"}, "duplicates": {"near": 0.9},
        "pii": {"kinds": {"phone": "drop"}}, "quality": {"repetition": {"at_most": 0.3, "action": "drop"}},
        "balance": {"by": "response", "cap": 500}})
    return data.make(spec, "desk", world.folder, world.run())


def texts(home: Home) -> Iterator[tuple[str, str, bytes]]:
    """Every file of the home: its place, its text (Parquet unpacked, bytes as digits), and its bytes."""
    for path in home.path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            text = content.decode("utf-8", "replace")
            if content.startswith(b"PAR1"):
                rows = pq.ParquetFile(pa.BufferReader(content)).read().to_pylist()
                text = str([{name: value.hex() if isinstance(value, bytes) else value for name, value in one.items()}
                            for one in rows])
            yield str(path.relative_to(home.path)), text, content


def said_again(home: Home, dataset: Dataset) -> tuple[set[str], set[bytes]]:
    """What may stand nowhere any more: the person, their words, and digests of both that need no key."""
    words = {ANN, "quokka", "quokkaa", "zebra label", "xylophone"}
    hers = [one for part in PARTS for one in stream_examples(home.store, dataset, part)
            if "quokka" in one.messages[0]["content"]]
    assert len(hers) > 9
    for one in hers:
        content = {"messages": list(one.messages)}
        words |= {one.id, one.id[:32], key(content)[:32], sha256(canonical(content)).hexdigest(),
                  sha256(str(one.messages[0]["content"]).encode()).hexdigest()}
    words |= {sha256(ANN.encode()).hexdigest(), blake2b(ANN.encode(), digest_size=16).hexdigest()}
    numbers = {blake2b(ANN.encode(), digest_size=8).digest()}
    return words, numbers | {one[::-1] for one in numbers}


@pytest.mark.parametrize("group", [None, "who"])
def test_no_object_tells_of_a_person_who_withdrew(world: World, group: str | None) -> None:
    dataset = made(world, [*FOLK, *HERS, *LEFT_OUT, *PLANTED], group)
    assert {"refused", "duplicates", "quality", "pii"} <= {name for name, count in dataset.counts.items() if count}
    made(world, [*FOLK, *PLANTED, *HERS, *HERS[:3]], group, subject=None)  # names nobody, and leaves out others
    world.report(world.model(dataset), dataset)
    words, numbers = said_again(world.home, dataset)
    asked = [one.id for one in stream_examples(world.home.store, dataset, "test")]
    assert group or words & set(asked)
    before = {word for word in words for _, text, _ in texts(world.home) if word in text}
    assert {ANN, "quokka", "zebra label", "xylophone"} < before
    done = withdraw(world.home, ANN, "mira", "asked")
    assert done.erased
    (world.folder / "a.jsonl").unlink()  # the source is not ours to clear
    kept = [(place, word) for place, text, content in texts(world.home) for word in words if word in text]
    assert kept == []
    assert not any(number in content for _, _, content in texts(world.home) for number in numbers)
    assert list(verify(world.home)) == []


def hers(world: World) -> Traces:
    """What is known of three records of hers."""
    traces = Traces(ANN, bytes(32))
    for one in HERS[:3]:
        traces.add(Example(id=one["text"], messages=({"role": "user", "content": one["text"]},
                                                     {"role": "assistant", "content": one["label"]})))
    return traces


def test_trigger_phrases_that_she_said_and_labels_that_are_hers_alone_go_from_findings_and_card(world: World) -> None:
    kept = Trigger("buy now", "topic 1", 5, 0.9)
    found = Findings((Told("triggers", "at most 0", "flag", 9, 3, 0, 0.0, 0.0, 1.0),),
                     (Trigger("quokka complaint", "zebra label", 6, 0.9), Trigger("of", "her word", 6, 0.9), kept))
    left = beside.quality(found.file(), hers(world), {"her word"})
    assert left and parse(left).triggers == (kept,)
    assert beside.quality(left, hers(world), {"her word"}) is None
    table = "| label | read |\n| --- | --- |\n| her word | 3 |\n| topic 1 | 4 |"
    text = f"# d\n\n{table}\n\n{section(found)}\n\n## Length\n"
    card = (beside.card(text.encode(), left, {"her word"}) or b"").decode()
    assert "her word" not in card and "quokka" not in card
    assert "| topic 1 | 4 |" in card and "buy now" in card and card.endswith("\n\n## Length\n")


def test_drafts_made_from_her_records_keep_place_and_decision_only(world: World) -> None:
    lines = [{"path": "d.jsonl", "row": at, "id": f"draft {at}", "decision": "accept", "by": "mira",
              "made": {"seeds": [seed], "keys": [f"{at:032x}"]}} for at, seed in enumerate([HERS[0]["text"], "other"])]
    content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    left = beside.drafts(content, set(), hers(world).ids)
    assert left and list(map(json.loads, left.splitlines())) == [
        {"path": "d.jsonl", "row": 0, "decision": "accept"}, lines[1]]
    assert beside.drafts(content, {f"{1:032x}"}, set()) not in (None, left)
    assert beside.drafts(content, {"f" * 32}, {"nobody's"}) is None
