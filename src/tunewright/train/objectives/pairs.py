"""Preferences as rows: the two answers to one prompt, the chosen one first."""

from dataclasses import replace

from tunewright.core.errors import Fault
from tunewright.core.examples import Example
from tunewright.engine.chat import Chat
from tunewright.recipe import PhaseSpec
from tunewright.train.objectives.objective import Row, line


def encode(example: Example, chat: Chat, phase: PhaseSpec) -> Row | None:
    """A pair as two lines, scored where the answers stand; None if within the phase's length they do not differ.

    Of answers with several turns the last one is compared. Raises Fault for equal answers.
    """
    whole = [chat.example_ids((*example.prompt, *said), example.tools, "last")
             for said in (example.chosen, example.rejected)]
    if whole[0].ids == whole[1].ids:
        raise Fault(f"train: row {example.row:,} of source {example.source + 1} prefers an answer to its equal, so "
                    "there is nothing to learn from it: mend the row, or remove it.")
    lines, cut = zip(*(line(rendered, example, phase) for rendered in whole), strict=True)
    if not all(one.scored for one in lines) or lines[0].ids.equal(lines[1].ids):
        return None
    return Row(tuple(lines), 1, any(cut), place=(example.source, example.row))


def known(row: Row, **figures: object) -> Row:
    """The row with figures known beforehand."""
    return replace(row, known={**row.known, **figures})
