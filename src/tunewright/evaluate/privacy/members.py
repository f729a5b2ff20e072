"""Members and others: whether a model tells what it learned from records that it did not, and says them by heart."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from tunewright.core.examples import Example
from tunewright.engine import Likelihood
from tunewright.engine.chat import Chat, Rendered
from tunewright.evaluate.task import exchange

Ask = Callable[[Sequence[Rendered]], list[Likelihood]]
_NAUGHT = 1e-9  # nats a token: a base that knows a record by heart


@dataclass(frozen=True)
class Known:
    """What a model says of one record: `loss` in nats a token of its answer; `least`, the same of its least likely
    tokens alone; and whether it goes on from the record's beginning word for word."""

    loss: float
    least: float
    verbatim: bool

    @property
    def figures(self) -> dict[str, float]:
        """What an answer keeps of it beside its loss."""
        return {"least": self.least, "verbatim": float(self.verbatim)}


def drawn(examples: Sequence[Example], most: int, seed: int) -> list[Example]:
    """At most so many different examples, drawn with the seed, in their order."""
    different = list({example.id: example for example in examples}.values())
    if len(different) <= most:
        return different
    return [different[at] for at in sorted(random.Random(f"members {seed}").sample(range(len(different)), most))]


def known(examples: Sequence[Example], tokens: int, share: float, context: int, chat: Chat,
          ask: Ask) -> dict[str, Known]:
    """What an arm says of each example, by its id; those that are longer than `context` tokens are left out.

    `tokens` are compared word for word. `least` is Min-K% (Shi et al., "Detecting Pretraining Data from Large Language
    Models", 2024): the mean over the `share` of tokens with the most nats.
    """
    wholes = {example.id: rendered(example, chat) for example in examples}
    wholes = {name: row for name, row in wholes.items() if len(row.ids) <= context and any(row.mask[1:])}
    texts = {example.id for example in examples if example.text is not None}
    nexts = [_next(row, tokens, halved=name in texts) for name, row in wholes.items()]
    said = ask([*wholes.values(), *nexts])
    return {name: Known(whole.nats / whole.tokens, _least(whole.each, share), after.greedy)
            for name, whole, after in zip(wholes, said[:len(wholes)], said[len(wholes):], strict=True)}


def likeness(loss: float, before: float | None) -> float:
    """How much a record looks like one that was learned, more is more: less its loss, as a share of the base's
    (`before`); without a base, less its loss.

    The share, not the difference: what the base finds hard becomes easier by more nats, learned or not.
    """
    return -loss if before is None else -loss / max(before, _NAUGHT)


def rendered(example: Example, chat: Chat) -> Rendered:
    """The example as it was learned: its last answer scored, or all of a text."""
    if example.text is not None:
        return chat.text_ids(example.text)
    before, answer = exchange(example)
    return Rendered([], []) if answer is None else chat.example_ids((*before, answer), example.tools, "last")


def _next(row: Rendered, tokens: int, *, halved: bool) -> Rendered:
    """The row with its first `tokens` scored tokens alone; `halved`: those behind its first half, or behind as many.

    A model that finds each of them the likeliest would write them, decoding greedily: by induction over the tokens.
    """
    scored = [at for at, on in enumerate(row.mask) if on and at]
    first = min(tokens, len(scored) // 2) if halved else 0
    chosen = set(scored[first:first + tokens])
    return Rendered(row.ids, [at in chosen for at in range(len(row.ids))])


def _least(each: Sequence[float], share: float) -> float:
    worst = sorted(each, reverse=True)[:ceil(share * len(each))]
    return sum(worst) / len(worst)
