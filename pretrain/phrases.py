"""The phrase banks (`banks/<domain>.tsv`): loading, slot filling and variation of messages."""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from pretrain import words
from pretrain.doc import Rng

BANKS = Path(__file__).parent / "banks"
SLOT = re.compile(r"\{(name|first_name|product|amount|date|time|order|city|email|phone|number|company|code)\}")
HELD_SHARE = 20  # one intent in this many is never trained on; the probe uses it


@dataclass(frozen=True)
class Intent:
    """One meaning of one domain, with the messages that express it."""

    domain: str
    label: str
    messages: tuple[str, ...]

    @property
    def held(self) -> bool:
        """True when the intent is kept out of training for the probe."""
        return int(hashlib.sha256(f"{self.domain}/{self.label}".encode()).hexdigest(), 16) % HELD_SHARE == 0


@functools.cache
def intents() -> tuple[Intent, ...]:
    """All intents of all banks, in file order."""
    found: dict[tuple[str, str], list[str]] = {}
    for path in sorted(BANKS.glob("*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            label, _, message = line.partition("\t")
            if message.strip() and not line.startswith("#") and (label, message) != ("intent", "message"):
                found.setdefault((path.stem, label.strip()), []).append(message.strip())
    return tuple(Intent(d, label, tuple(m)) for (d, label), m in found.items() if len(m) > 1)


@functools.cache
def trained() -> tuple[Intent, ...]:
    """The intents that pre-training may see."""
    return tuple(i for i in intents() if not i.held)


@functools.cache
def held() -> tuple[Intent, ...]:
    """The intents that only the probe sees."""
    return tuple(i for i in intents() if i.held)


def digests() -> dict[str, str]:
    """SHA-256 of every bank file."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(BANKS.glob("*.tsv"))}


def value(rng: Rng, slot: str) -> tuple[str, str | float]:
    """A random filling of a slot: as written in the message, and as a value for JSON."""
    if slot == "amount":
        return words.amount(rng)
    if slot == "number":
        n = rng.choice([rng.randint(1, 12), rng.randint(1, 99), rng.randint(1, 999)])
        return str(n), float(n)
    made = {
        "name": words.name,
        "first_name": words.first_name,
        "product": words.product,
        "date": words.date,
        "time": words.clock,
        "order": words.order,
        "city": words.city,
        "email": words.email,
        "phone": words.phone,
        "company": words.company,
        "code": words.code,
    }[slot](rng)
    return made, made


def fill(rng: Rng, message: str) -> tuple[str, dict[str, tuple[str, str | float]]]:
    """The message with its slots filled, and what went into each."""
    chosen: dict[str, tuple[str, str | float]] = {}

    def put(match: re.Match[str]) -> str:
        slot = match.group(1)
        if slot not in chosen:
            chosen[slot] = value(rng, slot)
        return chosen[slot][0]

    return SLOT.sub(put, message), chosen


HELLO = [
    "Hi, ",
    "Hello, ",
    "Hey, ",
    "Hi there, ",
    "Good morning, ",
    "Good afternoon. ",
    "Dear team, ",
    "Hello! ",
    "hey ",
    "hi ",
    "Quick question: ",
    "Sorry to bother you, ",
    "Please help. ",
    "Hi team, ",
    "Excuse me, ",
]
BYE = [
    " Thanks.",
    " Thank you!",
    " Thanks in advance.",
    " Please advise.",
    " Cheers",
    " Many thanks.",
    " Can you help?",
    " Regards",
    " thx",
    " Please reply soon.",
    " What should I do?",
    " Let me know.",
    " Any ideas?",
    " Best wishes.",
]
FILLER = [
    "I have been waiting for a while.",
    "I am not very good with computers.",
    "I already looked at the help page.",
    "This is the second time I write.",
    "I am on my phone right now.",
    "My friend told me to ask here.",
    "It worked fine last week.",
    "I need an answer today.",
    "I am a long-time customer.",
    "Sorry for the long message.",
    "I tried twice already.",
    "I could not find it on the site.",
    "It is quite urgent.",
    "No rush though.",
]
SWAPS = [
    ("want to", "would like to"),
    ("would like to", "want to"),
    ("can't", "cannot"),
    ("cannot", "can't"),
    ("can not", "cannot"),
    ("I'm", "I am"),
    ("I am", "I'm"),
    ("don't", "do not"),
    ("do not", "don't"),
    ("buy", "purchase"),
    ("purchase", "buy"),
    ("help me", "assist me"),
    ("get", "receive"),
    ("need", "require"),
    ("How do I", "How can I"),
    ("How can I", "How do I"),
    ("Can you", "Could you"),
    ("Could you", "Can you"),
    ("please", "kindly"),
    ("broken", "damaged"),
    ("wrong", "incorrect"),
    ("money back", "refund"),
    ("phone", "mobile"),
    ("bill", "invoice"),
    ("change", "update"),
    ("update", "change"),
    ("fix", "repair"),
    ("stop", "end"),
    ("start", "begin"),
    ("show me", "tell me"),
    ("Is it possible to", "Can I"),
    ("What is", "What's"),
    ("still", "yet"),
    ("quickly", "fast"),
    ("also", "too"),
    ("my", "the"),
    ("the", "my"),
    ("has not", "hasn't"),
]


def _typo(rng: Rng, text: str) -> str:
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(1, max(2, len(text) - 1))
        if not text[at - 1 : at + 1].isalpha():
            continue
        roll = rng.random()
        if roll < 0.35:
            text = text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]
        elif roll < 0.7:
            text = text[:at] + text[at + 1 :]
        else:
            text = text[:at] + text[at - 1] + text[at:]
    return text


def vary(rng: Rng, text: str, strength: float = 1.0) -> str:
    """Change the surface of a message (politeness, typos, case, small synonyms), never its meaning."""
    for old, new in rng.sample(SWAPS, 12):
        if re.search(rf"\b{re.escape(old)}\b", text) and rng.random() < 0.5 * strength:
            text = re.sub(rf"\b{re.escape(old)}\b", new, text, count=1)
    if rng.random() < 0.12 * strength:
        text = f"{text} {rng.choice(FILLER)}" if rng.random() < 0.5 else f"{rng.choice(FILLER)} {text}"
    if rng.random() < 0.2 * strength:
        text = rng.choice(HELLO) + (text[0].lower() + text[1:] if not text.startswith("I") else text)
    if rng.random() < 0.15 * strength:
        text += rng.choice(BYE)
    if rng.random() < 0.15 * strength:
        text = _typo(rng, text)
    roll = rng.random()
    if roll < 0.2 * strength:
        text = text.lower()
    elif roll < 0.22 * strength:
        text = text.upper()
    if rng.random() < 0.2 * strength:
        text = text.rstrip(".?!")
    return text


def message(rng: Rng, intent: Intent, strength: float = 1.0) -> str:
    """A filled and varied message of the intent."""
    text, _ = fill(rng, rng.choice(intent.messages))
    return vary(rng, text, strength)
