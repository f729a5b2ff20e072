"""Drawn items of suite `general`: small tasks with fresh content, the same each time for one seed."""

import json
import random
from collections.abc import Callable, Iterator
from importlib import resources

Row = dict[str, str]
Rng = random.Random

_PER_TASK = 200
_REFUSAL = "I'm sorry, but I can't help with that."
BANKS: dict[str, list[str]] = json.loads((resources.files("tunewright.evaluate") / "draw.json").read_text("utf-8"))


def generated(seed: int) -> Iterator[Row]:
    """200 items of every task, task by task; some come twice."""
    for task, maker in MAKERS.items():
        rng = random.Random(f"{seed}:{task}")
        for _ in range(_PER_TASK):
            ask, text, expected = maker(rng)
            yield {"task": task, "expected": expected} | _placed(rng, ask, text)


def _placed(rng: Rng, ask: str, text: str) -> Row:
    """The instruction as system turn, or before the text in the user's turn."""
    if not text:
        return {"user": ask}
    return {"user": text, "system": ask} if rng.random() < 0.5 else {"user": f"{ask}\n{text}"}


def _row(rng: Rng, low: int, high: int) -> list[str]:
    return rng.sample(BANKS["words"], rng.randint(low, high))


def _copy(rng: Rng) -> tuple[str, str, str]:
    ask = rng.choice(["Repeat the list.", "Repeat this exactly:", "Copy the text word for word.", "Echo the message.",
                      "Return the input unchanged."])
    text = rng.choice([", ", " ", "; ", " | ", "\n"]).join(_row(rng, 3, 8))
    return ask, text, text


def _pick(rng: Rng) -> tuple[str, str, str]:
    row = _row(rng, 3, 8)
    ask, at = rng.choice([("What is the first word?", 0), ("Give the first word.", 0), ("Return the first item.", 0),
                          ("What is the last item?", -1), ("Give the last word.", -1), ("Last word?", -1)])
    return ask, rng.choice([", ", " ", "; "]).join(row), row[at]


def _extract(rng: Rng) -> tuple[str, str, str]:
    first, last = rng.choice(BANKS["names"]), rng.choice(BANKS["last"])
    city, good = rng.choice(BANKS["cities"]), rng.choice(BANKS["goods"])
    order = f"{rng.choice('BCDFG')}{rng.choice('HJKLM')}-{rng.randint(1000, 9999)}"
    email = f"{first}.{last}@mail.example".lower()
    clauses = {"name": (f"My name is {first} {last}.", f"{first} {last}"), "city": (f"I live in {city}.", city),
               "product": (f"It is about the {good}.", good), "order": (f"My order is {order}.", order),
               "email": (f"My email is {email}.", email)}
    chosen = rng.sample(sorted(clauses), 3)
    ask = rng.choice(["What is the {}?", "Give the {}.", "Extract the {}."]).format(chosen[0])
    text = " ".join(clauses[key][0] for key in rng.sample(chosen, 3))
    return ask, text, clauses[chosen[0]][1]


def _answer(rng: Rng) -> tuple[str, str, str]:
    first, second = rng.sample(BANKS["names"], 2)
    here, there = rng.sample(BANKS["cities"], 2)
    this, that = rng.sample(BANKS["goods"], 2)
    paid, other = rng.sample(range(3, 900), 2)
    facts, ask, answer = rng.choice([
        ([f"{first} lives in {here}.", f"{second} lives in {there}."], f"Where does {first} live?", here),
        ([f"{first} bought a {this}.", f"{second} bought a {that}."], f"What did {first} buy?", this),
        ([f"{first} paid {paid} dollars.", f"{second} paid {other} dollars."], f"How much did {first} pay?",
         str(paid))])
    return ask, " ".join(rng.sample(facts, 2)), answer


def _follow(rng: Rng) -> tuple[str, str, str]:
    row = _row(rng, 2, 6)
    text, other = " ".join(row), rng.choice(BANKS["words"])
    probe = rng.choice([row[0], row[-1], other])
    there = "yes" if probe in row else "no"
    return rng.choice([("Write in upper case.", text, text.upper()), ("Write in lower case.", text.upper(), text),
                       ("Capitalise each word.", text, text.title()), ("How many words?", text, str(len(row))),
                       (f"Is the word {probe} in the text? yes or no", text, there)])


def _summarise(rng: Rng) -> tuple[str, str, str]:
    if rng.random() < 0.5:
        good, city = rng.choice(BANKS["goods"]), rng.choice(BANKS["cities"])
        request = rng.choice(BANKS["requests"]).format(good=good, city=city)
        ask = rng.choice(["What is the key sentence?", "Give only the request.", "Summarise the request."])
        return ask, " ".join([rng.choice(BANKS["hellos"]), request, rng.choice(BANKS["byes"])]), request
    people = rng.sample(BANKS["names"], rng.randint(2, 4))
    rows = [" ".join([name, rng.choice(BANKS["verbs"]), "the", rng.choice(BANKS["words"])]) + "." for name in people]
    ask, at = rng.choice([("Give the first sentence.", 0), ("Summarise: copy the first sentence.", 0),
                          ("Give the last sentence.", -1)])
    return ask, " ".join(rows), rows[at]


def _refuse(rng: Rng) -> tuple[str, str, str]:
    return rng.choice(BANKS["asks"]).format(deed=rng.choice(BANKS["deeds"])), "", _REFUSAL


MAKERS: dict[str, Callable[[Rng], tuple[str, str, str]]] = {
    "copy": _copy, "pick": _pick, "extract": _extract, "answer": _answer, "follow": _follow, "summarise": _summarise,
    "refuse": _refuse}
"""Each makes (instruction, text it is about, expected answer)."""
