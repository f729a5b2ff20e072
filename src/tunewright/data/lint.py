"""Proof, before the first step, that the loss sees the right tokens.

Every record is rendered as training renders it and looked at: it renders; what leads to an answer is a prefix of the
rendering, token for token what serving sends; something is supervised after cutting to length; every answer closes
with a supervised end-of-turn token; no content forges a role token.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice, pairwise
from typing import Literal

from tunewright.core.errors import Fault
from tunewright.core.examples import Example, Message
from tunewright.engine.chat import Chat, Rendered

Turns = Literal["all", "last"]
Code = Literal["render", "prompt", "unsupervised", "overlong", "end-of-turn", "role-token"]

_BATCH = 16


@dataclass(frozen=True)
class Finding:
    """One thing wrong with one record. `code` names a section of docs/data.md; `source` and `row` say where."""

    code: Code
    source: int
    row: int
    sentence: str


@dataclass(frozen=True)
class Lint:
    """What was proven. Lengths are tokens before cutting; `truncated` records were longer than allowed.

    `shared_prefix_share` is the share of tokens that need not be computed again when the records of a batch share
    what they begin with: batches of 16, records taken in order.
    """

    records: int
    tokens: int
    supervised: int
    longest: int
    truncated: int
    shared_prefix_share: float
    findings: tuple[Finding, ...]

    @property
    def sentence(self) -> str:
        """The result in one line."""
        wrong = len({(one.source, one.row) for one in self.findings})
        proven = f"mask proven on {self.records - wrong:,}" + (f" of {self.records:,}" if wrong else "")
        cut = f" ({self.truncated:,} cut)" if self.truncated else ""
        return (f"{proven} · longest {self.longest:,} tokens{cut} · prefix sharing saves "
                f"{self.shared_prefix_share:.0%} of tokens".replace("%", " %"))


def together(lints: Sequence[Lint]) -> Lint:
    """What was proven for several phases, as one: each finding once."""
    if len(lints) == 1:
        return lints[0]
    tokens = sum(one.tokens for one in lints)
    saved = sum(one.shared_prefix_share * one.tokens for one in lints)
    return Lint(sum(one.records for one in lints), tokens, sum(one.supervised for one in lints),
                max(one.longest for one in lints), sum(one.truncated for one in lints),
                saved / tokens if tokens else 0.0, tuple(dict.fromkeys(
                    finding for one in lints for finding in one.findings)))


@dataclass(frozen=True)
class Segment:
    """A stretch of decoded tokens that the loss sees (`supervised`) or only reads."""

    text: str
    supervised: bool


def prove(examples: Sequence[Example], chat: Chat, length: int, turns: Turns = "all",
          progress: Callable[[int], None] | None = None, *, whole: bool = False) -> Lint:
    """Check every example as training will see it, cut to `length` tokens, or not to be cut if it must be `whole`.

    Raises nothing about records.
    """
    findings: list[Finding] = []
    batch: list[list[int]] = []
    tokens = supervised = longest = truncated = used = saved = 0
    for done, example in enumerate(examples, 1):
        for rendered in _rendered(example, chat, turns, findings):
            tokens += len(rendered.ids)
            longest = max(longest, len(rendered.ids))
            truncated += len(rendered.ids) > length
            supervised += sum(rendered.mask[:length])
            if whole and len(rendered.ids) > length:
                findings.append(_found("overlong", example, f"the record has {len(rendered.ids):,} tokens and `length` "
                                       f"is {length:,}: raise `length`, shorten the record, or set `overlong: cut`"))
            batch.append(rendered.ids[:length])
            used += len(batch[-1])
            if not any(rendered.mask[:length]):
                findings.append(_found("unsupervised", example, f"no token of an answer is among the first {length:,}"
                                       ", so nothing is learned: raise `length`, or shorten the record"))
        if len(batch) >= _BATCH or done == len(examples):
            saved += shared(batch)
            batch = []
        if progress is not None:
            progress(done)
    return Lint(len(examples), tokens, supervised, longest, truncated, saved / used if used else 0.0, tuple(findings))


def require(lint: Lint, paths: Sequence[str]) -> None:
    """Raise Fault with the first finding unless there are none. `paths` are the dataset's origins, in order."""
    if lint.findings:
        first = lint.findings[0]
        more = f" ({len(lint.findings) - 1:,} more findings)" if len(lint.findings) > 1 else ""
        raise Fault(f"{paths[first.source]}, row {first.row}: {first.sentence} [{first.code}]{more}.")


def show(example: Example, chat: Chat, length: int, turns: Turns = "all") -> tuple[Segment, ...]:
    """The example as tokens decoded, special tokens included, cut to `length`. Raises Fault if it does not render."""
    segments = []
    for rendered in _sequences(example, chat, turns):
        pairs = list(islice(zip(rendered.ids, rendered.mask, strict=True), length))
        for learned, run in groupby(pairs, key=lambda pair: pair[1]):
            ids = [token for token, _ in run]
            segments.append(Segment(chat.tokenizer.decode(ids, clean_up_tokenization_spaces=False), learned))
    return tuple(segments)


def shared(batch: Sequence[list[int]]) -> int:
    """Tokens that a prefix tree of the sequences saves: all tokens less the tree's nodes."""
    return sum(_common(one, other) for one, other in pairwise(sorted(batch)))


def _rendered(example: Example, chat: Chat, turns: Turns, findings: list[Finding]) -> Iterator[Rendered]:
    """The example's token sequences that could be rendered; what is wrong goes to `findings`."""
    try:
        sequences = list(_sequences(example, chat, turns))
    except Fault as fault:
        findings.append(_found("render", example, str(fault).rstrip(".")))
        return
    for said in _conversations(example):
        forged = chat.role_tokens(said)
        if forged:
            findings.append(_found("role-token", example, f"content holds {', '.join(map(repr, forged))}, which the "
                                   "model reads as the end or start of a turn: take it out"))
    if not example.text and not all(map(chat.ends_supervised, sequences)):
        findings.append(_found("end-of-turn", example, "an answer does not close with an end-of-turn token, so the "
                               "model would not learn to stop: mend the base's chat template"))
    if not all(chat.same_prompt(said, example.tools, rendered, turns)
               for said, rendered in zip(_conversations(example), sequences, strict=False)):
        findings.append(_found("prompt", example, "serving would send other tokens before the answer than training "
                               "renders: mend the base's chat template"))
    yield from sequences


def _sequences(example: Example, chat: Chat, turns: Turns) -> Iterator[Rendered]:
    if example.text is not None:
        yield chat.text_ids(example.text)
    for said in _conversations(example):
        # Of a preference only the answers are compared; the prompt they share is not learned.
        yield chat.example_ids(said, example.tools, "last" if example.prompt else turns)


def _conversations(example: Example) -> list[tuple[Message, ...]]:
    if example.prompt:
        return [(*example.prompt, *example.chosen), (*example.prompt, *example.rejected)]
    return [example.messages] if example.messages else []


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    return next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right),
                min(len(one), len(other)))


def _found(code: Code, example: Example, sentence: str) -> Finding:
    return Finding(code, example.source, example.row, sentence)
