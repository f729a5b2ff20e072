"""Arm `retrieval`: the base with the passages before it that speak of the question."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tunewright.evaluate.answers import Answers, Prompts
from tunewright.evaluate.arms.arm import Arm
from tunewright.evaluate.arms.desk import Desk
from tunewright.evaluate.arms.passages import Passage, Shelf, identity, passages
from tunewright.evaluate.question import Message, Question
from tunewright.recipe import EvaluateSpec

_BEFORE = "Passages that may help:"


def shown(messages: Sequence[Message], found: Sequence[Passage]) -> tuple[Message, ...]:
    """The conversation with the passages, each with its source, before the last question."""
    if not found:
        return tuple(messages)
    listed = "\n".join(f"[{number}] ({one.source}) {one.text}" for number, one in enumerate(found, 1))
    at = _last_question(messages)
    told = {**messages[at], "content": f"{_BEFORE}\n{listed}\n\n{messages[at]['content']}"}
    return (*messages[:at], told, *messages[at + 1:])


def _looked_up(desk: Desk) -> dict[str, list[Passage]]:
    """The passages for each question, as many as leave room for the answer."""
    return desk.once(f"passages for {', '.join(desk.asked)}", lambda: _look_up(desk))


def _look_up(desk: Desk) -> dict[str, list[Passage]]:
    documents = desk.ground.spec.documents
    assert documents
    shelf = Shelf(passages(documents, desk.ground.folder))
    found = {}
    for question in desk.questions("retrieval"):
        if question.expected is not None:
            asked = str(question.messages[_last_question(question.messages)]["content"])
            found[question.key] = _fitting(desk, question, shelf.find(asked, documents.top))
    return found


def _fitting(desk: Desk, question: Question, found: list[Passage]) -> list[Passage]:
    room = desk.bench.context - desk.ground.spec.new_tokens
    while found and len(desk.bench.chat.prompt_ids(shown(question.messages, found))) > room:
        found = found[:-1]
    return found


def _prompts(desk: Desk) -> Prompts:
    found = _looked_up(desk)
    return {question.key: shown(question.messages, found[question.key])
            for question in desk.questions("retrieval") if question.key in found}


def _answers(desk: Desk) -> Answers:
    sources = {key: tuple(one.source for one in found) for key, found in _looked_up(desk).items()}
    said = desk.by_model("retrieval", _prompts(desk))
    return {key: replace(answer, sources=sources.get(key, ())) for key, answer in said.items()}


def reads(spec: EvaluateSpec, folder: Path) -> object:
    """What the documents say, by digest. Raises Fault if there are none."""
    assert spec.documents
    return [spec.documents.model_dump(), identity(spec.documents, folder)]


def check(spec: EvaluateSpec, folder: Path) -> None:
    """Raises Fault if the documents cannot be read or searched."""
    assert spec.documents
    Shelf(passages(spec.documents, folder))


def _last_question(messages: Sequence[Message]) -> int:
    """Where the last turn stands that is the user's; the last turn of all if there is none."""
    return max((at for at, turn in enumerate(messages) if turn["role"] == "user"), default=len(messages) - 1)


RETRIEVAL = Arm(answers=_answers, prompts=_prompts, identity=lambda desk: reads(desk.ground.spec, desk.ground.folder))
