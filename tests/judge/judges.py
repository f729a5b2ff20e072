"""Judges whose mind is known, and a report for them to judge."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from tunewright.core.digest import digest_json
from tunewright.core.items import About, Item, dump_items
from tunewright.core.records import Report
from tunewright.core.store import Store
from tunewright.data.drafts.answers import Answer
from tunewright.engine import Request

ENGINE = {"kind": "fake", "answers": ['{"better": "first"}']}


class Mind:
    """Answers every request by a function of the material that it is shown, and remembers what it was asked."""

    def __init__(self, say: Callable[[dict], str]) -> None:
        self._say = say
        self.asked: list[Request] = []

    def ask(self, requests: Sequence[Request], about: Sequence[str], tell=lambda _: None) -> list[Answer]:
        self.asked += requests
        return [Answer(digest_json(vars(request)), self._say(json.loads(request.messages[1]["content"])))
                for request in requests]


def better(slot: str) -> str:
    return json.dumps({"better": slot})


def longest(material: dict) -> str:
    """Takes the longer answer, wherever it stands."""
    first, second = len(material["first"]), len(material["second"])
    return better("tie" if first == second else "first" if first > second else "second")


def silent(done: int, whole: int) -> None:
    """Hears nothing."""


def item(number: int, arm: str, answer: str, **more) -> Item:
    prompt = ({"role": "user", "content": f"question {number}"},)
    return Item("task", digest_json(number), arm, prompt, f"expected {number}", answer, scores={"exact": 0.0}, **more)


def answers(count: int = 40) -> list[Item]:
    """The tuned arm's answer is the longer one in three of four questions."""
    return [one for number in range(count) for one in (
        item(number, "base", f"base {number}" + " and more" * (number % 4 == 0)),
        item(number, "tuned", f"tuned {number} so"))]


def write_report(store: Store, folder: Path, items: Sequence[Item] | None = None) -> Report:
    folder.mkdir(parents=True)
    (folder / "items.jsonl").write_bytes(dump_items(items or answers()))
    (folder / "about.json").write_text(json.dumps(asdict(About(("task/exact",), 100, 0))))
    return Report(name="desk", spec=digest_json(1), dataset=digest_json(2), model=digest_json(3),
                  arms=("base", "tuned"), metrics=(), differences=(), items=store.put_folder(folder))
