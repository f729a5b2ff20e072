"""Planted canaries, asked for: the likelihood of each secret beside that of others of its form."""

import random
from collections.abc import Callable, Sequence

from tunewright.core.canaries import Form, Planted, parse
from tunewright.engine import Likelihood
from tunewright.engine.chat import Chat, Rendered
from tunewright.evaluate.pairs import rows as pair_rows
from tunewright.evaluate.privacy.exposure import Exposure, exposure

Ask = Callable[[Sequence[Rendered]], list[Likelihood]]
"""What one arm says of rows."""

_LONGEST = 1 << 30  # a canary's record is short


def exposures(planted: Planted, candidates: int, seed: int, chat: Chat, ask: Ask) -> list[Exposure]:
    """The exposure of every canary under one arm. At most `candidates` secrets are held against each, drawn with the
    seed; a space that is no larger is gone through whole, and its exposure is exact.

    Candidates differ in their secret only, so that what leads to it, and what some begin with, is computed once.
    """
    form, found = parse(planted.format), []
    for canary, secret in enumerate(planted.secrets, 1):
        others = alternatives(form, secret, candidates, f"{seed} {canary}")
        own, *beside = (said.nats for said in ask(rows(planted, canary, [secret, *others], chat)))
        found.append(exposure(own, beside, form.space))
    return found


def alternatives(form: Form, secret: int, most: int, seed: object) -> list[int]:
    """Other secrets than this one by number: all there are, or `most` of them, each drawn once."""
    left = form.space - 1
    drawn = range(left) if left <= most else random.Random(f"candidates {seed}").sample(range(left), most)
    return [number + (number >= secret) for number in drawn]


def rows(planted: Planted, canary: int, numbers: Sequence[int], chat: Chat) -> list[Rendered]:
    """A row for each secret, as the canary's record says it, of which the secret is scored."""
    form = parse(planted.format)
    if planted.shape == "text":
        pairs = [(form.asks(canary), form.answers(number)) for number in numbers]
        return _alike_cut(pair_rows(chat.tokenizer, pairs, _LONGEST))
    return _alike_cut([chat.example_ids(form.example(canary, number, planted.shape).messages, None, "last")
                       for number in numbers])


def _alike_cut(found: Sequence[Rendered]) -> list[Rendered]:
    """The rows without the end that all have in common: it tells no secret, and would be read once for each."""
    shortest, alike = min(len(row.ids) for row in found), 0
    while alike < shortest - 1 and len({row.ids[-1 - alike] for row in found}) == 1:
        alike += 1
    return [Rendered(row.ids[:len(row.ids) - alike], row.mask[:len(row.ids) - alike]) for row in found]
