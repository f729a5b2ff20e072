"""What people decided on drafts, as an entry in the ledger: who, on how many, and how, each draft by a keyed digest.

An entry can never be erased, and a draft's id is a digest of what it says, which may be about a person. So each id is
sealed with the key of the home (core/withdrawn.py): who has it can prove each decision, others can tell nothing.
"""

from collections import Counter
from typing import Any

from tunewright.core.home import Home
from tunewright.core.ledger import Entry
from tunewright.core.withdrawn import make_key, seal
from tunewright.data.readers.review_file import Drafts, standing

ACTION = "review"


def enter(home: Home, shown: str, before: Drafts, after: Drafts, by: str) -> Entry | None:
    """Tell the ledger what `by` decided between two states of the review file `shown`; None if it was nothing."""
    known = {one.id: (one.settled, one.at) for one in before.drafts}
    decided = [one for one in after.drafts
               if one.by == by and one.settled and known.get(one.id) != (one.settled, one.at)]
    if not decided:
        return None
    key, judged = make_key(home), standing(after)
    words = Counter(one.settled for one in decided)
    data: dict[str, Any] = {
        "kind": after.head.kind, "inputs": after.head.inputs,
        "decisions": {seal(key, "draft", one.id): one.settled for one in decided},
        "outcome": judged.outcome, "decided": judged.decided, "sample": judged.sample, "rate": judged.rate}
    told = ", ".join(f"{count:,} {word}" for word, count in sorted(words.items(), key=lambda one: str(one[0])))
    drafts = f"{len(decided):,} draft{'s' * (len(decided) != 1)}"
    return home.ledger.append(ACTION, shown, by=by, why=f"decided on {drafts}: {told}", data=data)
