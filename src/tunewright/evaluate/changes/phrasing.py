"""Other words, another shape, the same question."""

import random
import re

from tunewright.evaluate.changes.synonyms import KNOWN, SYNONYMS
from tunewright.evaluate.changes.variants import Change
from tunewright.evaluate.changes.words import WORD, held, is_held, like, sentences

_SHARE = 0.7  # of the words and phrases that have a synonym, so many are replaced
_FORMS = [(re.compile(pattern, re.IGNORECASE), ways) for pattern, ways in [
    (r"^(?:can|could|would) you (?:please )?(.+)\?$", ("Please {0}.", "I would like you to {0}.")),
    (r"^(?:can|could|may) i (.+)\?$", ("Tell me whether I can {0}.", "Please say if I may {0}.")),
    (r"^(?:please )?(?:tell|show|give) me (.+?)[.!]?$", ("Can you give me {0}?", "Could you let me have {0}?")),
    (r"^please (.+?)[.!]?$", ("Could you {0}?", "I would like you to {0}.")),
    (r"^how (?:do|can|should) i (.+)\?$", ("Tell me how to {0}.", "Please explain how I can {0}.")),
    (r"^(what|who|where|when) (is|are|was|were) ((?:the|my|your|our|his|her|their|an?) (?!.*ing\b).+)\?$",
     ("Tell me {0} {2} {1}.", "I would like to know {0} {2} {1}.")),
    (r"^(?:i want|i would like|i'd like|i need) to (.+?)[.!]?$", ("How do I {0}?", "Please help me to {0}.")),
    (r"^(.+\?)$", ("I would like to know this: {0}", "My question is this: {0}")),
]]
_ASKING = ("What", "Who", "Where", "When")
_OPENINGS = ("Hello,", "Good morning,", "Dear all,", "To whom it may concern,", "Hi there,")
_BEFORE = ("I am writing with the following:", "This is what it is about:", "Let me come straight to it:",
           "Here is my message:")
_AFTER = ("Thank you in advance.", "Thanks for your time.", "I look forward to your answer.", "Many thanks.")
_CLOSINGS = ("Kind regards", "Best wishes", "Yours sincerely", "With thanks")


def form(text: str, _expected: str, rng: random.Random) -> str | None:
    """A question as a request, or a request as a question; the last sentence that can be turned."""
    said = sentences(text)
    for at in range(len(said) - 1, -1, -1):
        for pattern, ways in _FORMS:
            found = pattern.match(said[at])
            if found:
                asked = (part.lower() if part in _ASKING else part for part in found.groups())
                turned = rng.choice(ways).format(*asked)
                return " ".join([*said[:at], turned, *said[at + 1:]])
    return None


def reordered(text: str, _expected: str, _rng: random.Random) -> str | None:
    """The last sentence first, a question that stands elsewhere last."""
    said = sentences(text)
    if len(said) < 2:
        return None
    asks = [at for at, sentence in enumerate(said[:-1]) if sentence.endswith("?")]
    at = asks[-1] if asks else len(said) - 1
    rest = said[:at] + said[at + 1:]
    return " ".join([*rest, said[at]] if asks else [said[at], *rest])


def letter(text: str, _expected: str, rng: random.Random) -> str:
    """The text in the middle of a letter that nobody signs."""
    return (f"{rng.choice(_OPENINGS)}\n\n{rng.choice(_BEFORE)}\n\n{text}\n\n{rng.choice(_AFTER)}\n\n"
            f"{rng.choice(_CLOSINGS)}")


def synonyms(text: str, expected: str, rng: random.Random) -> str | None:
    """Many of the words that mean the same as others are those others."""
    kept = held(expected)

    def other(found: re.Match[str]) -> str:
        said = found[0]
        if rng.random() >= _SHARE or any(is_held(word, kept) for word in WORD.findall(said)):
            return said
        return like(said, rng.choice(SYNONYMS[said.lower().replace("’", "'")]))

    changed = KNOWN.sub(other, text)
    return None if changed == text else changed


def paraphrase(text: str, expected: str, rng: random.Random) -> str | None:
    """Synonyms and the other form, as far as there are any."""
    changed = synonyms(text, expected, rng) or text
    turned = form(changed, expected, rng) or changed
    return None if turned == text else turned


KINDS: dict[str, Change] = {"form": form, "reordered": reordered, "letter": letter, "synonyms": synonyms}
"""What suite `generalisation` does to a text."""
