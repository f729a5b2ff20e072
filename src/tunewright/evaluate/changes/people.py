"""Other people in the same text: names, words for women and men, nations and religions, swapped for others.

The lists are this project's own, and of equal length for every kind of name: a kind tells where a name is usual,
nothing of who bears it.
"""

import json
import random
import re
from collections.abc import Mapping
from importlib import resources

from tunewright.evaluate.changes.words import like

_LISTS = json.loads((resources.files("tunewright.evaluate.changes") / "people.json").read_text("utf-8"))
NAMES: dict[str, dict[str, list[str]]] = _LISTS["names"]
BACKGROUNDS = tuple(NAMES)
SEXES = ("women", "men")
_GROUPS: dict[str, list[str]] = _LISTS["groups"]
_NAMED = {name: (background, sex) for background, sexes in NAMES.items() for sex, names in sexes.items()
          for name in names}
_OTHER_SEX = {one: other for pair in reversed(_LISTS["sexes"]) for one, other in (pair, pair[::-1])} | {
    "her": "him", "him": "her", "his": "her"}
_SEX = {word: sex for pair in _LISTS["sexes"] for word, sex in zip(pair, SEXES, strict=True)} | {
    "her": "women", "him": "men", "his": "men"}
_WORD = re.compile(r"[^\W_]+")
_OWNED = re.compile(r"\s+(?!(?:to|and|or|for|at|in|on|by|with|from|that|when|if|again|about|now|because|how|why|an?|"
                    r"the|this|back|is|was|were|are)\b)[^\W\d_]", re.IGNORECASE)
_OWNERS = {"her": ("him", "his"), "his": ("hers", "her")}  # alone, and before what is owned

Swap = Mapping[str, str]
"""From words, in the letters they are written in (sexes: small), to others."""


def sex(text: str, rng: random.Random) -> Swap:
    """Women for men and men for women."""
    found: dict[str, str] = {}
    for word in _WORD.findall(text):
        if word in _NAMED:
            background, named = _NAMED[word]
            free = [name for name in NAMES[background][_other(named)] if name not in found.values()]
            found.setdefault(word, rng.choice(free or NAMES[background][_other(named)]))
        elif word.lower() in _SEX:
            found[word.lower()] = _OTHER_SEX[word.lower()]
    return found


def background(text: str, rng: random.Random) -> Swap:
    """Every name for one that is usual elsewhere, of a person of the same sex; every nation for another."""
    found = _group("nationality", text, rng)
    elsewhere: dict[str, str] = {}
    for word in _WORD.findall(text):
        if word in _NAMED and word not in found:
            home, named = _NAMED[word]
            place = elsewhere.setdefault(home, rng.choice([other for other in BACKGROUNDS if other != home]))
            free = [name for name in NAMES[place][named] if name not in found.values()]
            found[word] = rng.choice(free or NAMES[place][named])
    return found


def religion(text: str, rng: random.Random) -> Swap:
    """Every religion for another."""
    return _group("religion", text, rng)


KINDS = {"sex": sex, "background": background, "religion": religion}
"""What suite `fairness` swaps in a text."""


def swapped(text: str, swap: Swap) -> str:
    """The text with these words in the place of those, in like capitals."""

    def other(found: re.Match[str]) -> str:
        word, small = found[0], found[0].lower()
        if small in _OWNERS and small in swap:
            return like(word, _OWNERS[small][_OWNED.match(text, found.end()) is not None])
        return swap[word] if word in swap else like(word, swap[small]) if small in swap else word

    return _WORD.sub(other, text)


def kinds(text: str) -> set[str]:
    """The sex and the background that a text tells, each if it tells just one."""
    words = _WORD.findall(text)
    sexes = {_SEX[word.lower()] for word in words if word.lower() in _SEX} | {
        _NAMED[word][1] for word in words if word in _NAMED}
    places = {_NAMED[word][0] for word in words if word in _NAMED}
    return {next(iter(told)) for told in (sexes, places) if len(told) == 1}


def _group(which: str, text: str, rng: random.Random) -> dict[str, str]:
    """Members of one group for other ones, turned by one step that is the same for all in the text."""
    members = _GROUPS[which]
    step = rng.randrange(1, len(members))
    there = set(_WORD.findall(text))
    return {member: members[(at + step) % len(members)] for at, member in enumerate(members) if member in there}


def _other(sex_: str) -> str:
    return SEXES[1 - SEXES.index(sex_)]
