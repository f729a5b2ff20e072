"""Documents about what a message means: labels with and without a list, pairs, paraphrases, few-shot."""

from __future__ import annotations

from pretrain import words
from pretrain.doc import Doc, Rng, chat, place
from pretrain.phrases import Intent, message, trained, vary

ALIASES = {
    "cancel": "stop",
    "change": "update",
    "order": "purchase",
    "refund": "money_back",
    "missing": "lost",
    "delivery": "shipment",
    "payment": "charge",
    "account": "profile",
    "password": "login_secret",
    "request": "ask_for",
    "check": "look_up",
    "broken": "damaged",
    "problem": "issue",
    "issue": "problem",
    "buy": "purchase",
    "status": "progress",
    "report": "notify",
    "wrong": "incorrect",
    "find": "locate",
    "book": "reserve",
    "booking": "reservation",
    "appointment": "meeting",
    "price": "cost",
    "fee": "charge",
    "help": "support",
    "failed": "unsuccessful",
    "not": "no",
    "update": "change",
    "error": "fault",
    "return": "send_back",
    "time": "hours",
    "late": "delayed",
    "delay": "late",
    "close": "shut",
    "open": "start",
    "card": "bank_card",
    "bill": "invoice",
}
STYLES = [*["snake"] * 12, *["phrase"] * 4, "title", "kebab", "upper", "camel", "domain"]


def style(label: str, how: str, domain: str) -> str:
    """The label in another spelling."""
    parts = label.replace("-", "_").replace(" ", "_").lower().split("_")
    return {
        "snake": "_".join(parts),
        "phrase": " ".join(parts),
        "title": " ".join(p.capitalize() for p in parts),
        "kebab": "-".join(parts),
        "upper": "_".join(parts).upper(),
        "camel": "".join(p.capitalize() for p in parts),
        "domain": f"{domain}: {' '.join(parts)}",
    }[how]


def alias(rng: Rng, label: str) -> str:
    """The label with some words replaced by others of the same meaning."""
    parts = label.split("_")
    return "_".join(ALIASES[p] if p in ALIASES and rng.random() < 0.5 else p for p in parts)


def group(rng: Rng, size: int, pool: tuple[Intent, ...] | None = None) -> list[Intent]:
    """Distinct intents: half of the time from one domain, where they are hard to tell apart."""
    pool = pool or trained()
    domain = rng.choice(pool).domain if rng.random() < 0.5 else ""
    near = [i for i in pool if i.domain == domain]
    chosen = rng.sample(near, min(size, len(near)))
    while len(chosen) < size:
        extra = rng.choice(pool)
        if extra not in chosen:
            chosen.append(extra)
    rng.shuffle(chosen)
    return chosen


def from_list(rng: Rng, pool: tuple[Intent, ...] | None = None, size: int = 0) -> Doc:
    """Pick the label of a message from a shuffled list."""
    chosen = group(rng, size or rng.randint(2, 12), pool)
    how, other = rng.choice(STYLES), rng.random() < 0.35
    shown = [style(alias(rng, i.label) if other else i.label, how, i.domain) for i in chosen]
    at = rng.randrange(len(chosen))
    text = message(rng, chosen[at])
    answer = shown[at]
    listed = rng.choice([", ".join(shown), "\n".join(f"- {s}" for s in shown), " | ".join(shown), "\n".join(shown)])
    ask = rng.choice(
        [
            "Classify the message. Labels:",
            "Pick the label that fits the message:",
            "Which label fits?",
            "Choose one of these labels:",
            "Possible intents:",
            "What does the customer want? Options:",
            "Categories:",
        ]
    )
    if rng.random() < 0.12:
        shown_numbers = "\n".join(f"{n}. {s}" for n, s in enumerate(shown, 1))
        return place(rng, f"{ask}\n{shown_numbers}\nAnswer with the number.", text, str(at + 1))
    return place(rng, f"{ask}\n{listed}", text, answer)


def no_list(rng: Rng) -> Doc:
    """Name what a message is about, without a list."""
    intent = rng.choice(trained())
    how = rng.choice(STYLES)
    ask = {
        "snake": ["Classify the message.", "Classify the message.", "Label the message.", "Intent?"],
        "phrase": ["What does the customer want? Say it in a few words.", "Sum up the request in a few words."],
        "title": ["Give the message a title.", "Title?"],
        "kebab": ["Tag the message.", "Give a tag-like-this."],
        "upper": ["Give the intent in CAPITALS."],
        "camel": ["Give the intent in CamelCase."],
        "domain": ["Give the topic and the request.", "Topic and intent?"],
    }[how]
    return place(rng, rng.choice(ask), message(rng, intent), style(intent.label, how, intent.domain))


def pair(rng: Rng) -> Doc:
    """Do two messages mean the same?"""
    one, other = group(rng, 2)
    same = rng.random() < 0.5
    a, b = message(rng, one), message(rng, one if same else other)
    ask = rng.choice(
        [
            "Do these two messages ask for the same thing?",
            "Same meaning, yes or no?",
            "Are both messages about the same request?",
        ]
    )
    shape = rng.choice(["1. {a}\n2. {b}", "A: {a}\nB: {b}", "{a}\n---\n{b}"])
    return place(rng, ask, shape.format(a=a, b=b), "yes" if same else "no")


def match(rng: Rng) -> Doc:
    """Which of some messages says the same as a given one?"""
    chosen = group(rng, rng.randint(2, 5))
    at = rng.randrange(len(chosen))
    query = message(rng, chosen[at])
    options = [message(rng, i, 0.3) for i in chosen]
    if rng.random() < 0.5:
        listed = "\n".join(f"{n}. {o}" for n, o in enumerate(options, 1))
        return place(rng, "Which message says the same? Answer with its number.", f"{query}\n\n{listed}", str(at + 1))
    listed = "\n".join(options)
    return place(
        rng, "Which of the messages below says the same as the first one? Copy it.", f"{query}\n\n{listed}", options[at]
    )


def paraphrase(rng: Rng) -> Doc:
    """The same request in other words, or a message for a given intent."""
    intent = rng.choice(trained())
    a, b = rng.sample(intent.messages, 2)
    if rng.random() < 0.65:
        return place(
            rng, rng.choice(["Say it in other words.", "Rephrase the message.", "Paraphrase."]), message_of(rng, a), b
        )
    shown = style(alias(rng, intent.label), rng.choice(STYLES[:16]), intent.domain)
    return place(
        rng,
        rng.choice(["Write a message with this intent.", "Write what a customer would say."]),
        shown,
        message_of(rng, a),
    )


def message_of(rng: Rng, text: str) -> str:
    """A message whose slots stay as they are, lightly varied."""
    return vary(rng, text, 0.5)


def few_shot(rng: Rng, wide: bool = False) -> Doc:
    """Learn labels, often without meaning, from examples in the prompt."""
    chosen = group(rng, rng.randint(4, 10) if wide else rng.randint(2, 4))
    how = rng.choice(["letter", "made", "real", "real"])
    shown = {
        "letter": list("ABCDEFGHIJ")[: len(chosen)],
        "made": [words.made(rng, 2, 3) for _ in chosen],
        "real": [style(alias(rng, i.label), "snake", i.domain) for i in chosen],
    }[how]
    shots = [
        (message(rng, i, 0.5), s)
        for i, s in zip(chosen, shown, strict=True)
        for _ in range(rng.randint(2, 3) if wide else 1)
    ]
    rng.shuffle(shots)
    at = rng.randrange(len(chosen))
    query, answer = message(rng, chosen[at]), shown[at]
    if rng.random() < 0.5:
        listed = "\n".join(f"{m} -> {s}" for m, s in shots)
        return chat(query, answer, f"Classify the message as in the examples.\n{listed}")
    turns: list[tuple[str, str]] = [("system", "Classify the message.")]
    for m, s in [*shots, (query, answer)]:
        turns += [("user", m), ("assistant", s)]
    return Doc(tuple(turns))


def triage(rng: Rng) -> Doc:
    """Which field a message belongs to."""
    pool = trained()
    intent = rng.choice(pool)
    domains = sorted({i.domain for i in pool})
    shown = rng.sample(domains, min(len(domains), rng.randint(3, 8)))
    if intent.domain not in shown:
        shown[rng.randrange(len(shown))] = intent.domain
    return place(rng, f"Which field is the message about? {', '.join(shown)}", message(rng, intent), intent.domain)


def classification(rng: Rng) -> Doc:
    """Any of the above."""
    maker = rng.choices([from_list, no_list, pair, match, paraphrase, few_shot, triage], [10, 74, 2, 3, 4, 5, 2])[0]
    return maker(rng)
