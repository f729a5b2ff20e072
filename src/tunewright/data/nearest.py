"""The nearest known word, for sentences that say what is wrong."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean `x`?` for the known word nearest to `word`, or an empty string if none is near."""
    lowered = {name.lower().strip(): name for name in known}
    near = get_close_matches(word.lower().strip(), lowered, n=1, cutoff=0.6)
    return f"; did you mean `{lowered[near[0]]}`?" if near else ""
