"""Documents that can only be answered by copying from the prompt."""

from __future__ import annotations

import json
from collections.abc import Callable

from pretrain import words
from pretrain.doc import Doc, Rng, chat, place, plain
from pretrain.wordnet import lemmas, sentences

ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
SEPARATORS = [", ", ", ", ", ", " ", " ", "\n", "; ", " | ", " - ", "/", ",", " and "]

ASKS = ["Repeat", "Repeat the list", "Repeat this exactly", "Repeat the text", "Copy", "Copy the list",
        "Copy the text word for word", "Say this again", "Echo the message", "Return the input unchanged",
        "Write the same text again"]


def item(rng: Rng) -> str:
    """A dictionary word, an invented word, a code, a name or a junk string."""
    roll = rng.random()
    if roll < 0.45:
        return rng.choice(lemmas())
    if roll < 0.65:
        return words.made(rng)
    if roll < 0.78:
        return words.junk(rng)
    if roll < 0.86:
        return words.first_name(rng)
    if roll < 0.93:
        return words.code(rng)
    return str(rng.randint(0, 999))


def syllables(rng: Rng) -> Callable[[Rng], str]:
    """Words of few syllables that come again and again, so that a copy must look at more than the token before."""
    pool = [words.made(rng, 1, 1) for _ in range(rng.randint(6, 70))]
    return lambda r: "".join(r.choice(pool) for _ in range(r.randint(2, 4)))


def letters(rng: Rng) -> Callable[[Rng], str]:
    """Words of consonants and vowels in turn, of a few letters, so that their pieces stand in other words too."""
    consonants = rng.sample("bcdfghjklmnpqrstvwxz", rng.randint(5, 16))
    vowels = rng.sample("aeiouy", rng.randint(2, 5))
    return lambda r: "".join(r.choice(consonants) + r.choice(vowels) for _ in range(r.randint(1, 5)))


def items(rng: Rng, low: int = 3, high: int = 10) -> list[str]:
    """A list of distinct items, of one kind or mixed."""
    few = rng.choice([syllables, letters, letters])(rng)
    one = rng.choice([item, item, lambda r: r.choice(lemmas()), words.made, few, few, few, few, few, few, words.junk,
                      words.code, words.first_name])
    found = list(dict.fromkeys(one(rng) for _ in range(rng.randint(low, high))))
    return found if len(found) >= 2 else [*found, words.made(rng, 2, 3) + "q"]


def repeat(rng: Rng) -> Doc:
    """Say the list, or a sentence, again."""
    if rng.random() < 0.25:
        text = rng.choice(sentences())
    else:
        text = rng.choice(SEPARATORS).join(items(rng))
    return place(rng, rng.choice(ASKS) + rng.choice([":", ".", ""]), text, text)


def induction(rng: Rng) -> Doc:
    """A random sequence that comes again, whole or from some point on."""
    separator = rng.choice(SEPARATORS)
    row = items(rng, 6, 24)
    again = row if rng.random() < 0.7 else row[rng.randrange(len(row)) :]
    return chat(
        separator.join(row),
        separator.join(again),
        rng.choice(["Repeat.", "Repeat from " + again[0], "Copy the text."])
        if again is row
        else f"Repeat from {again[0]} on.",
    )


def loops(rng: Rng) -> Doc:
    """Plain text in which a random list comes several times."""
    separator = rng.choice(SEPARATORS)
    row = items(rng, 4, 16)
    return plain("\n".join([separator.join(row)] * rng.randint(2, 3)))


def drill(rng: Rng) -> Doc:
    """Nothing but a random string or list and its copy, to get copying started."""
    if rng.random() < 0.4:
        alphabet = [
            rng.choice(["a", "b", "Q", "7", "x", "0", "Z", "k", "é", "5", "m", "T", "9", "w"]) for _ in range(9)
        ]
        text = "".join(rng.choice(alphabet) for _ in range(rng.randint(12, 50)))
    else:
        pool = items(rng, 12, 40)
        text = rng.choice([" ", " ", ", ", "\n"]).join(rng.choice(pool) for _ in range(rng.randint(8, 30)))
    return chat(text, text)


def pick(rng: Rng) -> Doc:
    """One item by its place or by its neighbour."""
    row, separator = items(rng), rng.choice(SEPARATORS)
    at = rng.randrange(len(row))
    near = rng.randrange(len(row) - 1)
    ask, answer = rng.choice(
        [
            (
                rng.choice(
                    ["What is the first item?", "First word?", "Give the first word.", "Return the first item."]
                ),
                row[0],
            ),
            (
                rng.choice(["What is the last item?", "Last word?", "Give the last word.", "Return the last item."]),
                row[-1],
            ),
            (
                rng.choice(
                    [f"What is item {at + 1}?", f"Give the {ORDINALS[at]} item.", f"Which item is {ORDINALS[at]}?"]
                ),
                row[at],
            ),
            (
                rng.choice(
                    [f"Which item comes after {row[near]}?", f"What follows {row[near]}?", f"Next after {row[near]}?"]
                ),
                row[near + 1],
            ),
            (rng.choice([f"Which item comes before {row[near + 1]}?", f"What precedes {row[near + 1]}?"]), row[near]),
        ]
    )
    return place(rng, ask, separator.join(row), answer)


def reshape(rng: Rng) -> Doc:
    """The list in another shape: JSON, numbered, reversed, without one item, another separator."""
    row, separator = items(rng, 3, 8), rng.choice(SEPARATORS)
    gone = rng.choice(row)
    other = rng.choice(SEPARATORS)
    array = json.dumps(row, ensure_ascii=False)
    source, ask, answer = rng.choice(
        [
            (
                separator.join(row),
                rng.choice(["As a JSON array.", "Make a JSON list.", "Turn the list into JSON."]),
                array,
            ),
            (separator.join(row), "As a JSON array.", array),
            (
                array,
                rng.choice(["As plain text with commas.", "Turn the JSON into a list with commas."]),
                ", ".join(row),
            ),
            (separator.join(row), "Make a numbered list.", "\n".join(f"{i}. {w}" for i, w in enumerate(row, 1))),
            (
                separator.join(row),
                rng.choice(["Reverse the list.", "In reverse order."]),
                separator.join(reversed(row)),
            ),
            (separator.join(row), f"Leave out {gone}.", separator.join(w for w in row if w != gone)),
            (separator.join(row), "One item a line.", "\n".join(row)),
            (separator.join(row), f"Put {other.strip() or 'a space'!r} between the items.", other.join(row)),
            (separator.join(row), f"Add {gone} at the end.", separator.join([*row, gone])),
        ]
    )
    return place(rng, ask, source, answer)


def lookup(rng: Rng) -> Doc:
    """The value that belongs to a key, in a small table."""
    keys = items(rng, 3, 8)
    values = [item(rng) for _ in keys]
    at = rng.randrange(len(keys))
    joint, between = rng.choice(
        [(": ", "\n"), ("=", "; "), (" is ", ". "), (" -> ", "\n"), (": ", ", "), (" = ", "\n")]
    )
    table = between.join(f"{k}{joint}{v}" for k, v in zip(keys, values, strict=True))
    if rng.random() < 0.2:
        table = json.dumps(dict(zip(keys, values, strict=True)), ensure_ascii=False)
    ask = rng.choice([f"What is {keys[at]}?", f"{keys[at]}?", f"Value of {keys[at]}?", f"Look up {keys[at]}."])
    if rng.random() < 0.15:
        ask, answer = f"Which key has the value {values[at]}?", keys[values.index(values[at])]
    else:
        answer = values[at]
    return place(rng, ask, table, answer)


def copying(rng: Rng) -> Doc:
    """Any of the above."""
    maker = rng.choices([repeat, induction, loops, pick, reshape, lookup], [28, 10, 2, 20, 18, 22])[0]
    return maker(rng)
