"""Text from a model is input from a stranger: what it may not hold, whatever it says."""

import re
from collections.abc import Sequence
from unicodedata import category

from tunewright.data.quality.injection import injection
from tunewright.data.quality.role_tokens import role_tokens
from tunewright.data.quality.said import Said

LONGEST = 32_768
"""Most characters of one turn."""

TURNS = 64
"""Most turns of one record."""

_ALLOWED = "\n\t"
_UNSEEN = re.compile("[\u200b\u2060-\u2064\ufeff\u202a-\u202e\u2066-\u2069\U000e0000-\U000e01ef]")


def refuse(turns: Sequence[str], seed: Sequence[str] = ()) -> str | None:
    """Why a draft of these turns is not taken, or None. What its own seed says in that way too is no reason."""
    if len(turns) > TURNS:
        return f"has more than {TURNS} turns"
    for turn in turns:
        if len(turn) > LONGEST:
            return f"has a turn of more than {LONGEST:,} characters"
        # Controls move a terminal's cursor; unseen characters carry what no reviewer reads.
        if any(category(character) in ("Cc", "Cs", "Co") and character not in _ALLOWED for character in turn):
            return "holds control characters"
        if _UNSEEN.search(turn):
            return "holds characters that are not seen"
    said, before = Said((), tuple(turns)), Said((), tuple(seed))
    if role_tokens(said) > role_tokens(before):
        return "holds tokens of a chat template"
    if injection(said) > injection(before):
        return "holds words that give a model orders"
    return None
