"""Groups that no column names: what asks the same in other letters, or nearly so, is examined or learned whole."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright import data
from tunewright.core.examples import PARTS, read_examples
from tunewright.core.home import Home
from tunewright.core.run import Run
from tunewright.recipe import DataSpec

FORM = {"prompt": "text", "response": "label"}
SHAPES = ("please move {} euros from my savings to my checking account today",
          "the machine at the corner kept my card when i asked it for {} crowns",
          "why was i charged {} twice for the same train ticket last monday")
Write = Callable[[str, list[Any]], str]


def made(home: Home, run: Run, folder: Path, sources: list[Any], group: Any) -> dict[tuple[int, int], str]:
    """The part of each source's row."""
    spec = DataSpec.model_validate({"sources": sources, "split": {"group": group, "test": 0.3}, "quality": None})
    dataset = data.make(spec, "d", folder, run)
    return {(one.source, one.row): part for part in PARTS for one in read_examples(home.store, dataset, part)}


def test_records_of_one_template_stay_together(home: Home, run: Run, folder: Path, jsonl: Write, source: Any) -> None:
    words = [f"{about} is a question of its own kind, number {about * about}" for about in range(30)]
    jsonl("a.jsonl", [{"text": text, "label": "x"} for text in [
        *words, *(shape.format(at) for at in range(12) for shape in SHAPES)]])
    for group, crossing in ((None, True), ({"similar": 0.6}, False), ({"template": 0.7}, False)):
        where: dict[int, set[str]] = defaultdict(set)
        for (_, row), part in made(home, run, folder, [source("a.jsonl", format=FORM)], group).items():
            if row > len(words):
                where[(row - 1 - len(words)) % 3].add(part)
        assert any(len(parts) > 1 for parts in where.values()) is crossing


rows = st.lists(st.builds(lambda shape, number, shout: (SHAPES[shape].format(number).upper() if shout else
                                                        SHAPES[shape].format(number)),
                          st.integers(0, 2), st.integers(0, 30), st.booleans()), max_size=12)


@given(first=rows, added=rows, second=rows, group=st.sampled_from([None, {"similar": 0.9}, {"template": 0.5}]))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_examined_is_never_learned_when_sources_grow(
        first: list[str], added: list[str], second: list[str], group: Any, home: Home, run: Run, folder: Path,
        jsonl: Write, source: Any) -> None:
    plenty = [f"{about} is a question of its own kind, number {about * about}" for about in range(12)]
    sources = [source("a.jsonl", format=FORM), source("b.jsonl", format=FORM)]
    found = []
    for more in ([], added):
        jsonl("a.jsonl", [{"text": text, "label": "x"} for text in [*plenty, *first, *more]])
        jsonl("b.jsonl", [{"text": text, "label": "x"} for text in [*plenty[:3], *second]])
        found.append(made(home, run, folder, sources, group))
    before, after = found
    assert not {place for place, part in before.items() if part == "test" and after.get(place) not in ("test", None)}
