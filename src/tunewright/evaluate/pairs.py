"""Pairs of texts as token rows: what stands before, and what comes after it and is scored.

The cut is lm-evaluation-harness's, so that scores compare with published ones. The first text is tokenised alone; the
second is what is left of both tokenised together, behind as many tokens as the first has. White space at the end of the
first belongs to the second.
"""

import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

from tunewright.engine.chat import Rendered

Pair = tuple[str, str]

_LINE = re.compile(r"(?<=\n)(?=[^\W\d_])")  # a new line that begins with a letter: no common tokenizer joins these two
_TRIED = 16  # texts on which it is tried


def rows(tokenizer: Any, pairs: Sequence[Pair], longest: int) -> list[Rendered]:
    """A row for each pair, of which the second text is scored; at most `longest` tokens are read, cut on the left.

    Where the first text is empty, the token that begins (or ends) a text stands there. Raises ValueError for a second
    text without tokens.
    """
    split = [_split(*pair) for pair in pairs]
    firsts = list(dict.fromkeys(first for first, _ in split))
    known = dict(zip(firsts, ids(tokenizer, firsts), strict=True))
    whole = ids(tokenizer, [first + second for first, second in split])
    begins = edge(tokenizer)
    befores = [known[first] for first, _ in split]
    return [_row(before, both[len(before):], longest, begins) for before, both in zip(befores, whole, strict=True)]


def ids(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Tokens of each text, with what the tokenizer puts at an edge of every text, unless it stands there already.

    A line that stands in many texts is cut into tokens once, by tokenizers that do not join lines: whether one does is
    tried on some of the texts.
    """
    found = _by_line(tokenizer, texts) if len(texts) > 4 * _TRIED else None
    begin = tokenizer.bos_token_id
    return [row[1:] if begin is not None and row[:2] == [begin, begin] else row
            for row in found or _whole(tokenizer, texts)]


def _whole(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    return [one.ids for one in tokenizer.backend_tokenizer.encode_batch_fast(list(texts))]


def _by_line(tokenizer: Any, texts: Sequence[str]) -> list[list[int]] | None:
    """The tokens of the texts' lines, joined; None where that is not what the tokenizer makes of whole texts."""
    backend = tokenizer.backend_tokenizer
    before = backend.encode("").ids
    lines = [_LINE.split(text) for text in texts]
    known: dict[str, list[int]] = {}
    distinct = list({line for parts in lines for line in parts})
    for line, one in zip(distinct, backend.encode_batch_fast(distinct, add_special_tokens=False), strict=True):
        known[line] = one.ids
    joined = [[*before, *chain.from_iterable(known[line] for line in parts)] for parts in lines]
    tried = range(0, len(texts), max(1, len(texts) // _TRIED))
    return joined if [joined[at] for at in tried] == _whole(tokenizer, [texts[at] for at in tried]) else None


def edge(tokenizer: Any) -> int:
    """The token that stands before a text that nothing stands before."""
    return int(tokenizer.eos_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id)


def _split(first: str, second: str) -> Pair:
    bare = first.rstrip()
    return bare, first[len(bare):] + second


def _row(before: list[int], after: list[int], longest: int, edge: int) -> Rendered:
    if not before:
        before, after = [edge], after[1:] if after[:1] == [edge] else after
    if not after:
        raise ValueError("a text to score has no tokens")
    over = max(len(before) + len(after) - longest - 1, 0)  # nothing reads the last token
    return Rendered([*before, *after][over:], [*[False] * len(before), *[True] * len(after)][over:])
