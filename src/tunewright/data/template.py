"""The template of a text: the words that are left once what fills its gaps is taken out.

Texts made from one template differ in names, numbers, addresses and what a recogniser put in place of them. Each text
is looked at by itself, so that records which are added change nothing about those that are there.
"""

import re

_WORD = re.compile(r"(?P<gap>\[[A-Z_]+\]|\S*(?:@|://|\d)(?:\S*[^\s.!?:])?)|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)|(?P<end>[.!?:\n])")
NOTHING = "names and numbers alone"
"""The template of a text that has nothing else, so that such texts have one in common."""

_PARTICLE = 3
"""Letters of the longest word, such as `van`, that belongs to a name where it stands between two gaps."""

_FORM_WORDS, _FORM_SHARE = 2, 0.4
"""A text of several lines with so few words, and so small a share of words, is a form: what it says is no template."""


def template(text: str) -> str:
    """The words of the template, in small letters.

    Left out are labels of masked values such as `[PHONE]`, whatever holds a digit, addresses of mail and web,
    capitalised words inside a sentence, which name somebody or something. Where no label shows that a recogniser has
    been, also short words between two of these, a sentence or line that is capitalised throughout (unless a colon makes
    it a label), and all of a form that says hardly anything else. Scripts without capitals keep
    their words. In a text that is all in small or all in capital letters nothing tells a name, so its words all stay.
    """
    found = [(str(one.lastgroup), one.group()) for one in _WORD.finditer(text)]
    letters = "".join(word for group, word in found if group == "word")
    telling = not letters.islower() and not letters.isupper()
    # Where a recogniser has been, what it left is no name to be guessed at.
    guessing = telling and not any(word.startswith("[") for group, word in found if group == "gap")
    words: list[str] = []
    clause: list[tuple[str, str]] = []
    for group, word in [*found, ("end", "")]:
        if group == "end":
            words += _kept(clause, telling, guessing, word == ":")
            clause = []
        else:
            clause.append((group, word))
    pieces = sum(group != "end" for group, _ in found)
    form = guessing and "\n" in text.strip() and len(words) <= _FORM_WORDS and len(words) < _FORM_SHARE * pieces
    return NOTHING if form or not words else " ".join(words)


def _kept(clause: list[tuple[str, str]], telling: bool, guessing: bool, label: bool) -> list[str]:
    """The words of a sentence or line that are no gap."""
    said = [group == "word" and (not telling or word == word.lower()) for group, word in clause]
    kept = [one and not (guessing and len(word) <= _PARTICLE and 0 < at < len(said) - 1
                         and not said[at - 1] and not said[at + 1])
            for at, (one, (_, word)) in enumerate(zip(said, clause, strict=True))]
    if clause and clause[0][0] == "word" and (not guessing or label or any(kept)):
        kept[0] = True
    return [word.lower() for one, (_, word) in zip(kept, clause, strict=True) if one]
