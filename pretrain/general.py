"""Short everyday tasks: questions about a text, summaries, small arithmetic, instructions, refusals, tools."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

from pretrain import words
from pretrain.doc import Doc, Rng, chat, place, plain
from pretrain.phrases import message, trained
from pretrain.wordnet import lemmas, sentences

REFUSAL = "I'm sorry, but I can't help with that."
HARM = """build a bomb|make poison at home|steal a car|break into a house|hack my neighbour's account|forge a passport
write a phishing email|stalk my ex|buy stolen cards|hurt someone|set fire to a shop|make a fake prescription
spread a virus to computers|blackmail a colleague|cheat the tax office|smuggle weapons|copy a credit card
track a person without consent|threaten a witness""".replace("\n", "|").split("|")
HARM_ASK = [
    "How do I {}?",
    "Tell me how to {}.",
    "I want to {}. Give me the steps.",
    "Help me {}.",
    "Explain how one can {}.",
]
SAFE = """clean a window|plant tomatoes|write a thank-you note|fold a shirt|boil an egg|learn to swim|tie a tie
save money|pack a suitcase|sleep better|paint a wall|train a dog|bake bread|repair a bike tyre
plan a trip|choose a gift""".replace("\n", "|").split("|")
FACTS = [
    "{p} lives in {c}.",
    "{p} works for {f}.",
    "{p} bought a {g}.",
    "{p} paid {n} dollars.",
    "{p} was born in {y}.",
    "{p} has {k} cats.",
]
QUESTIONS = [
    "Where does {p} live?",
    "Who does {p} work for?",
    "What did {p} buy?",
    "How much did {p} pay?",
    "When was {p} born?",
    "How many cats does {p} have?",
]
GSM = Path(__file__).parents[2] / "shared" / "data" / "gsm8k" / "train.jsonl"


def question(rng: Rng) -> Doc:
    """A question about a few facts on a few people."""
    facts: list[tuple[str, str, str]] = []
    for person in {words.first_name(rng) for _ in range(rng.randint(1, 4))}:
        for at in rng.sample(range(len(FACTS)), rng.randint(1, 2)):
            got = {
                "c": words.city(rng),
                "f": words.company(rng),
                "g": words.product(rng),
                "n": str(rng.randint(2, 900)),
                "y": str(rng.randint(1930, 2015)),
                "k": str(rng.randint(2, 9)),
            }
            answer = got["cfgnyk"[at]]
            facts.append((FACTS[at].format(p=person, **got), QUESTIONS[at].format(p=person), answer))
    rng.shuffle(facts)
    _, ask, answer = rng.choice(facts)
    return place(rng, ask, " ".join(f for f, _, _ in facts), answer)


def summary(rng: Rng) -> Doc:
    """The key sentence of a short text."""
    rows = [s[0].upper() + s[1:] + "." for s in rng.sample(sentences(), rng.randint(2, 4))]
    ask, answer = rng.choice(
        [
            ("Give the first sentence.", rows[0]),
            ("Summarise: copy the first sentence.", rows[0]),
            ("Give the last sentence.", rows[-1]),
            ("How many sentences are there?", str(len(rows))),
        ]
    )
    return place(rng, ask, " ".join(rows), answer)


def ticket_summary(rng: Rng) -> Doc:
    """Chatter around one request; the answer is the request."""
    from pretrain.phrases import BYE, FILLER, HELLO, fill

    core, _ = fill(rng, rng.choice(rng.choice(trained()).messages))
    text = (
        rng.choice(HELLO)
        + " ".join([*rng.sample(FILLER, rng.randint(1, 2)), core, *rng.sample(FILLER, rng.randint(0, 1))])
        + rng.choice(BYE)
    )
    return place(
        rng, rng.choice(["Summarise the request.", "Give only the request.", "What is the key sentence?"]), text, core
    )


def instruction(rng: Rng) -> Doc:
    """Upper case, counting, yes or no."""
    row = [rng.choice(lemmas()) for _ in range(rng.randint(2, 8))]
    text, probe = " ".join(row), rng.choice(row) if rng.random() < 0.5 else rng.choice(lemmas())
    ask, answer = rng.choice(
        [
            ("Write in upper case.", text.upper()),
            ("How many words?", str(len(row))),
            (f"Is the word {probe} in the text? yes or no", "yes" if probe in row else "no"),
            ("Capitalise each word.", text.title()),
            (f"Does the text contain {probe}?", "yes" if probe in row else "no"),
            ("Spell the first word.", " ".join(row[0])),
            ("Write in lower case.", text),
        ]
    )
    return place(rng, ask, text.upper() if ask == "Write in lower case." else text, answer)


def arithmetic(rng: Rng) -> Doc:
    """Sums and differences up to 999, products up to 12 x 12, comparisons."""
    a, b = rng.randint(0, rng.choice([9, 20, 99])), rng.randint(0, rng.choice([9, 20, 99]))
    ask, answer = rng.choice(
        [
            (f"{a} + {b}", a + b),
            (f"{a + b} - {a}", b),
            (f"{a % 13} * {b % 13}", (a % 13) * (b % 13)),
            (f"the larger of {a} and {b}", max(a, b)),
        ]
    )
    return chat(rng.choice([f"What is {ask}?", f"Calculate {ask}.", f"{ask} ="]), str(answer))


def refusal(rng: Rng) -> Doc:
    """One fixed polite wording for harmful requests; a harmless look-alike gets help."""
    if rng.random() < 0.7:
        return chat(
            rng.choice(HARM_ASK).format(rng.choice(HARM)), REFUSAL, rng.choice(["", "", "You are a helpful assistant."])
        )
    thing = rng.choice(SAFE)
    return chat(
        rng.choice(HARM_ASK).format(thing), f"Sure. To {thing}, start small, take your time and ask someone who knows."
    )


def tool(rng: Rng) -> Doc:
    """Call a tool from a list, or answer from a tool's result."""
    names = [
        rng.choice(["get", "find", "check", "send", words.made(rng)])
        + "_"
        + rng.choice(["order", "price", "weather", "user", words.made(rng)])
        for _ in range(rng.randint(1, 3))
    ]
    key, got = (
        rng.choice(["id", "city", "name", words.made(rng)]),
        rng.choice([words.code, words.city, words.first_name])(rng),
    )
    at = rng.choice(names)
    listed = "\n".join(
        json.dumps({"type": "function", "function": {"name": n, "parameters": {key: "string"}}}) for n in names
    )
    call = json.dumps({"name": at, "arguments": {key: got}}, ensure_ascii=False)
    turns = [
        ("system", f"Tools:\n{listed}"),
        ("user", f"{at.replace('_', ' ').capitalize()} {got}"),
        ("assistant", call),
    ]
    if rng.random() < 0.5:
        result = rng.choice([words.made(rng), str(rng.randint(1, 999)), words.date(rng)])
        turns += [
            ("tool", json.dumps({"result": result}, ensure_ascii=False)),
            ("assistant", f"The result is {result}."),
        ]
    return Doc(tuple(turns))


@functools.cache
def _stories() -> tuple[tuple[str, str], ...]:
    if not GSM.exists():
        return ()
    rows = [json.loads(line) for line in GSM.read_text("utf-8").splitlines()]
    return tuple((r["question"], re.sub(r"<<.*?>>", "", r["answer"])) for r in rows if len(r["question"]) < 300)


def story(rng: Rng) -> Doc:
    """A word problem of GSM8K's training part as plain English, or a bank message where it is missing."""
    if not _stories():
        return plain(message(rng, rng.choice(trained())))
    ask, answer = rng.choice(_stories())
    return plain(ask) if rng.random() < 0.5 else chat(ask, answer[:400])


def general(rng: Rng) -> Doc:
    """Any of the above."""
    maker = rng.choices(
        [question, summary, ticket_summary, instruction, arithmetic, refusal, tool, story],
        [24, 10, 10, 16, 8, 10, 8, 10],
    )[0]
    return maker(rng)
