"""Slices of a report: which kinds of held-out item each item is one of, and what is told of them."""

from collections.abc import Callable, Sequence

from tunewright.core.errors import Fault
from tunewright.core.examples import Example
from tunewright.core.items import About, Item
from tunewright.core.records import Dataset, Slice
from tunewright.evaluate.question import Question
from tunewright.evaluate.suite import Ground
from tunewright.recipe import EvaluateSpec
from tunewright.stats.labels import normalise

_LENGTHS = (64, 256, 1024, 4096)
_NAMED = 3  # flagged slices that the line names


def slicer(ground: Ground) -> Callable[[Question], dict[str, str]]:
    """What tells the slices of a question: those of the held-out record that it asks about, or varies.

    Raises Fault for a field of which no held-out record has a value: before anything is asked.
    """
    fields = ground.spec.slices
    known = {example.id: example for example in ground.held_out} if fields else {}
    for field in fields:
        if not any(_value(field, example, ground.dataset) for example in known.values()):
            raise Fault(f"`evaluate.slices` names {field}, of which no held-out record has a value: set what it comes "
                        "from (`data.split.stratify` for label, `data.split.group` for group), or leave it out.")

    def of(question: Question) -> dict[str, str]:
        example = known.get(question.original or question.item)
        found = {field: _value(field, example, ground.dataset) for field in fields} if example else {}
        return {field: value for field, value in found.items() if value}

    return of


def found(spec: EvaluateSpec, items: Sequence[Item], about: About) -> tuple[Slice, ...]:
    """Every slice of the recipe's fields, by the first scorer of the recipe: chosen before anything is seen."""
    from tunewright.stats.slices import slices

    return tuple(slices(items, f"task/{spec.scorers[0]}", spec.slices, about)) if spec.slices else ()


def lines(spec: EvaluateSpec, told: Sequence[Slice]) -> list[str]:
    """What is said of the slices that the recipe asks for, if it asks for any: that there are none, too."""
    from tunewright.stats.slices import LEAST

    if spec.slices and not told:
        return [f"task/{spec.scorers[0]} slices: none, as no field parts the items; a value needs {LEAST} items"]
    return [_line(told)] if told else []


def _line(told: Sequence[Slice]) -> str:
    """How many slices were looked at, how often they were tested, and which are flagged."""
    fields = list(dict.fromkeys(one.field for one in told))
    counts = ", ".join(f"{sum(one.field == field for one in told):,} by {field}" for field in fields)
    flagged = [f"{one.field} {one.name} {'worse than base' if one.worse else 'behind the rest'}" for one in told
               if one.behind or one.worse]
    rest = f" and {len(flagged) - _NAMED} more" if len(flagged) > _NAMED else ""
    end = f"flagged: {', '.join(flagged[:_NAMED])}{rest}" if flagged else "none flagged"
    return f"{told[0].metric} slices: {counts} · {sum(one.tests for one in told):,} tests, {end}"


def _value(field: str, example: Example, dataset: Dataset) -> str | None:
    """The value of one field; None if the record has none."""
    if field == "length":
        return _length(example)
    if field == "source":
        return dataset.origins[example.source].path
    if field == "answer":
        return normalise(example.answer) if example.answer else None
    if field == "label":
        return example.label
    return example.group if field == "group" else example.fields.get(field)


def _length(example: Example) -> str:
    """The class of what a record asks; classes are the same for every dataset, so that reports can be compared."""
    turns = example.messages[:-1] or example.prompt
    letters = len(example.text or "") + sum(len(str(turn.get("content") or "")) for turn in turns)
    edge = next((edge for edge in _LENGTHS if letters <= edge), None)
    return f"up to {edge:,} characters" if edge else f"over {_LENGTHS[-1]:,} characters"
