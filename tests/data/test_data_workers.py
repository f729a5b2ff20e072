"""Whoever prepares the rows, the dataset is the same to the last byte."""

import json
import os
import threading
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright import data
from tunewright.core.home import Home
from tunewright.core.run import start
from tunewright.core.withdrawn import Withdrawn
from tunewright.data.prepare import Rows
from tunewright.data.readers import Row
from tunewright.data.steps import Work
from tunewright.data.workers import FEW, prepared
from tunewright.data.workers.order import in_order
from tunewright.recipe import ComputeSpec, DataSpec

FORM = {"prompt": "text", "response": "label"}


def work() -> Work:
    return Work(DataSpec.model_validate({"sources": [
        {"path": "x", "format": FORM, "license": "MIT", "basis": "contract"}]}), Withdrawn(), date(2026, 1, 1))


def batches(number: int) -> Iterator[Rows]:
    at = count(1)
    for _ in range(number):
        yield Rows(0, tuple(Row(row, {"text": f"question {row}" if row % 7 else "", "label": "é"})
                            for row in (next(at), next(at))))


@given(questions=st.lists(st.integers(), max_size=30), ahead=st.integers(1, 9))
def test_answers_come_in_the_order_of_their_questions_and_few_are_begun(questions: list[int], ahead: int) -> None:
    begun: list[int] = []
    most = 0

    def ask(question: int) -> int:
        nonlocal most
        begun.append(question)
        most = max(most, len(begun))
        return question

    def answer(question: int) -> int:
        begun.remove(question)
        return question + 1

    assert list(in_order(questions, ask, answer, ahead)) == [one + 1 for one in questions]
    assert most <= ahead and not begun


def test_any_number_of_processes_gives_the_same_batches() -> None:
    alone, together = (list(prepared(work(), batches(FEW + 7), ComputeSpec(workers=count))) for count in (1, 2))
    assert alone == together
    assert [one.rows for one in alone] == [2] * (FEW + 7)
    assert [one.row for batch in alone for one in batch.refused] == [7, 14, 21]


def test_what_goes_wrong_in_a_process_is_told_here() -> None:
    broken = Rows(1, (Row(1, {"text": "a", "label": "b"}),))  # there is no second source
    with pytest.raises(IndexError):
        list(prepared(work(), [*batches(FEW), broken], ComputeSpec(workers=2)))


def test_processes_end_with_the_one_that_asked() -> None:
    children = Path(f"/proc/{os.getpid()}/task/{threading.get_native_id()}/children")
    before = set(children.read_text().split())
    some = prepared(work(), batches(10_000), ComputeSpec(workers=2))
    for _ in range(FEW + 1):
        next(some)
    assert len(set(children.read_text().split()) - before) == 2
    some.close()  # type: ignore[attr-defined]
    assert set(children.read_text().split()) <= before


@pytest.fixture(scope="module")
def two_workers() -> Iterator[None]:
    ray = pytest.importorskip("ray", reason="skipped: ray is not installed; pip install 'tunewright[ray]'")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_ray_cluster_of_two_workers_gives_the_same_dataset(two_workers: None, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("".join(
        json.dumps({"text": f"question {at % 9000}" if at % 100 else "", "label": f"answer {at % 7}"}) + "\n"
        for at in range(10_000)))
    spec = DataSpec.model_validate({"sources": [
        {"path": "a.jsonl", "format": FORM, "license": "MIT", "basis": "contract"}],
        "split": {"stratify": "label"}, "pii": {}, "quality": None})
    digests = set()
    for name, compute in (("here", ComputeSpec(workers=1)), ("ray", ComputeSpec(ray="auto"))):
        (tmp_path / name).mkdir()
        run = start(Home(tmp_path / name), "x")
        digests.add(data.make(spec, "d", tmp_path, run, compute).digest)
    assert len(digests) == 1


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_what_goes_wrong_on_a_ray_worker_is_told_here(two_workers: None) -> None:
    broken = Rows(1, (Row(1, {"text": "a", "label": "b"}),))  # there is no second source
    with pytest.raises(IndexError):
        list(prepared(work(), [*batches(2), broken], ComputeSpec(ray="auto")))
