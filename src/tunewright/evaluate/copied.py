"""How much of an answer stands word for word in what was trained on."""

from collections.abc import Iterable, Sequence

LEAST = 8
"""Words in a row that are copied, and not merely common speech; shorter answers say nothing of it."""

_Gram = tuple[str, ...]


def copied(answers: Sequence[str], texts: Iterable[str]) -> list[float | None]:
    """For each answer the share of its words that is its longest run, of `LEAST` words or more, in any one text.

    None for an answer of fewer words. Words are what white space parts. Time grows with the texts, not with the number
    of answers, as long as they share little.
    """
    said = [answer.split() for answer in answers]
    starts: dict[_Gram, list[tuple[int, int]]] = {}
    for which, words in enumerate(said):
        for at in range(len(words) - LEAST + 1):
            starts.setdefault(tuple(words[at:at + LEAST]), []).append((which, at))
    longest = [0] * len(said)
    for text in texts:
        _read(text.split(), starts, longest)
    return [run / len(words) if len(words) >= LEAST else None for run, words in zip(longest, said, strict=True)]


def _read(words: Sequence[str], starts: dict[_Gram, list[tuple[int, int]]], longest: list[int]) -> None:
    """Raises `longest` where a run of `words` is a longer run of an answer."""
    before: dict[tuple[int, int], int] = {}
    for at in range(len(words) - LEAST + 1):
        now: dict[tuple[int, int], int] = {}
        for which, start in starts.get(tuple(words[at:at + LEAST]), ()):
            now[which, start] = run = before.get((which, start - 1), LEAST - 1) + 1
            longest[which] = max(longest[which], run)
        before = now
