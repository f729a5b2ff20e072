"""Documents of several hundred tokens, so that distances beyond a short chat are learnt as well."""

from __future__ import annotations

from pretrain.copying import items, lookup, repeat
from pretrain.doc import Doc, Maker, Rng, plain
from pretrain.extraction import extraction
from pretrain.general import question
from pretrain.labels import classification, few_shot, from_list
from pretrain.phrases import message, trained
from pretrain.wordnet import sentences


def recite(rng: Rng) -> Doc:
    """A long random list, twice."""
    row = items(rng, 40, 80)
    return plain("\n".join([" ".join(row)] * 2))


def needle(rng: Rng) -> Doc:
    """A short task whose content stands among a lot of other text."""
    base = rng.choice([question, lookup, extraction])(rng)
    pile = [s[0].upper() + s[1:] + "." for s in rng.sample(sentences(), rng.randint(15, 40))]
    hay = " ".join(pile)
    return (
        Doc((("system", hay), *base.parts[-2:]))
        if base.parts[0][0] != "system"
        else Doc((("system", f"{hay}\n{base.parts[0][1]}"), *base.parts[1:]))
    )


def dialogue(rng: Rng) -> Doc:
    """Several short tasks in one conversation."""
    turns: list[tuple[str, str]] = []
    makers: list[Maker] = [repeat, question, classification, lookup, extraction]
    for _ in range(rng.randint(4, 10)):
        parts = rng.choice(makers)(rng).parts
        if parts[0][0] == "system":
            parts = (("user", f"{parts[0][1]}\n{parts[1][1]}"), *parts[2:])
        turns += parts
    return Doc(tuple(turns))


def many_labels(rng: Rng) -> Doc:
    """A choice between twenty and more labels."""
    return from_list(rng, size=min(len(trained()), rng.randint(20, 50)))


def wide_shots(rng: Rng) -> Doc:
    """Few-shot classification with many examples."""
    return few_shot(rng, wide=True)


def inbox(rng: Rng) -> Doc:
    """A pile of messages as plain text, one intent after the other."""
    chosen = [rng.choice(trained()) for _ in range(rng.randint(3, 6))]
    return plain(
        "\n\n".join(f"{i.label}\n" + "\n".join(message(rng, i) for _ in range(rng.randint(3, 5))) for i in chosen)
    )


def lengthy(rng: Rng) -> Doc:
    """Any of the above."""
    maker = rng.choices([recite, needle, dialogue, many_labels, wide_shots, inbox], [14, 14, 26, 14, 20, 12])[0]
    return maker(rng)
