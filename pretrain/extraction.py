"""Documents that turn a message into JSON under a random schema."""

from __future__ import annotations

import json

from pretrain import words
from pretrain.doc import Doc, Rng, chat, place
from pretrain.phrases import SLOT, fill, trained, value, vary

Json = str | float | int | None

KEYS = {
    "name": "name customer customer_name full_name client contact person sender who buyer user author",
    "first_name": "first_name name given_name person customer who user",
    "product": "product item article goods thing product_name what model",
    "amount": "amount price total cost sum value paid charge fee amount_due",
    "date": "date day when due_date on deadline order_date delivery_date",
    "time": "time at hour slot start_time when",
    "order": "order order_id order_number ref reference ticket id number",
    "city": "city town place location where destination office",
    "email": "email mail email_address reply_to contact address",
    "phone": "phone telephone mobile phone_number tel call_back",
    "number": "number count quantity qty pieces how_many units people",
    "company": "company firm organisation employer vendor shop supplier business",
    "code": "code voucher serial reference key tracking ref pin",
}
CLAUSES = {
    "name": "My name is {}|I am {}|This is {} speaking|{} here|Please reply to {}|"
    "Customer: {}|Name: {}|It is registered to {}|Yours, {}|signed {}",
    "first_name": "I'm {}|{} here|Call me {}|It's {}|Greetings, {}",
    "product": "I bought the {}|It is about the {}|The {} does not work|I want a new {}|"
    "Product: {}|Where is my {}|We ordered one {}|the {} arrived",
    "amount": "I paid {}|It cost {}|The total was {}|You charged me {}|"
    "Amount: {}|{} is missing|a bill of {}|It came to {}",
    "date": "It happened on {}|I need it by {}|The date is {}|Date: {}|on {}|We met on {}|It was due {}",
    "time": "at {}|Call me at {}|Time: {}|The slot is {}|We start at {}|around {}",
    "order": "My order is {}|Order number {}|Order: {}|It is order {}|Regarding {}|ref {}|The order {} is late",
    "city": "I live in {}|We are in {}|Ship it to {}|City: {}|I am writing from {}|It went to {}|the branch in {}",
    "email": "Write to {}|My email is {}|Email: {}|You can reach me at {}|Send it to {}",
    "phone": "Call {}|My number is {}|Phone: {}|You can ring {}|Tel. {}",
    "number": "We need {} of them|{} pieces|Quantity: {}|There were {} in the box|Count: {}|for {} people",
    "company": "I work for {}|The seller is {}|Company: {}|On behalf of {}|{} sent it|We at {} have a question",
    "code": "The code is {}|Code: {}|Use {}|The voucher {} fails|Tracking {}|serial number {}",
}
HEADS = [
    "Extract the fields as JSON.",
    "Return JSON.",
    "Turn the message into JSON.",
    "Fill in the JSON.",
    "Extract the data.",
    "Extract these keys as JSON",
    "JSON only.",
    "Read the message and answer with JSON.",
]


def _number(text: float) -> Json:
    return int(text) if text == int(text) else text


def clauses(rng: Rng) -> tuple[str, dict[str, tuple[str, str | float]]]:
    """A message stitched together from clauses about random slots."""
    slots = rng.sample(sorted(CLAUSES), rng.randint(1, 5))
    chosen = {s: value(rng, s) for s in slots}
    parts = [rng.choice(CLAUSES[s].split("|")).format(chosen[s][0]) for s in slots]
    if rng.random() < 0.4:
        parts.insert(rng.randrange(len(parts) + 1), " ".join(words.made(rng) for _ in range(rng.randint(2, 5))))
    parts = [p if rng.random() < 0.2 else p[0].upper() + p[1:] for p in parts]
    return rng.choice([". ", ". ", ", ", "\n", "; "]).join(parts) + rng.choice([".", "", "!"]), chosen


def bank_message(rng: Rng) -> tuple[str, dict[str, tuple[str, str | float]], str]:
    """A message of the banks with its slot values and its label; a clause is added now and then."""
    for _ in range(8):
        intent = rng.choice(trained())
        raw = rng.choice(intent.messages)
        if SLOT.search(raw):
            break
    text, chosen = fill(rng, raw)
    varied = vary(rng, text)
    if all(written in varied for written, _ in chosen.values()):
        text = varied
    if rng.random() < 0.6:
        more, extra = clauses(rng)
        if not set(extra) & set(chosen):
            text, chosen = (f"{text} {more}" if rng.random() < 0.6 else f"{more} {text}"), {**chosen, **extra}
    return text, chosen, intent.label


def _schema(
    rng: Rng, chosen: dict[str, tuple[str, str | float]], label: str
) -> tuple[list[tuple[str, str]], dict[str, Json]]:
    absent = rng.sample([s for s in sorted(KEYS) if s not in chosen], rng.randint(0, 2))
    slots = rng.sample(sorted(chosen), rng.randint(max(1, len(chosen) - 1), len(chosen))) + absent
    rng.shuffle(slots)
    pairs: list[tuple[str, str]] = []
    answer: dict[str, Json] = {}
    for slot in slots:
        key = rng.choice(KEYS[slot].split())
        key = words.made(rng, 2) if rng.random() < 0.12 else key
        if key in answer:
            continue
        pairs.append((key, slot.replace("_", " ")))
        if slot not in chosen:
            answer[key] = None
        elif slot in ("amount", "number"):
            answer[key] = _number(float(chosen[slot][1]))
        else:
            answer[key] = chosen[slot][0]
    if label and rng.random() < 0.25 and "intent" not in answer:
        key = rng.choice(["intent", "topic", "request", "type", "category"])
        pairs.append((key, "what the customer wants"))
        answer[key] = label
    return pairs, answer


def _ask(rng: Rng, pairs: list[tuple[str, str]], answer: dict[str, Json]) -> str:
    keys = [k for k, _ in pairs]
    roll = rng.random()
    invented = any(k not in KEYS[s.replace(" ", "_")].split() for k, s in pairs if s.replace(" ", "_") in KEYS)
    if invented or roll < 0.3:
        listed = rng.choice([", ", "\n"]).join(
            f"{k} ({s})" if rng.random() < 0.5 or k not in str(KEYS) else k for k, s in pairs
        )
    elif roll < 0.6:
        listed = rng.choice([", ", " ", "\n"]).join(keys)
    elif roll < 0.8:
        listed = json.dumps({k: ("number" if isinstance(answer[k], int | float) else "string or null") for k in keys})
    else:
        listed = json.dumps(dict.fromkeys(keys))
    return f"{rng.choice(HEADS)}{rng.choice([' ', chr(10), ' Keys: '])}{listed}"


def to_json(rng: Rng) -> Doc:
    """A message and a schema; the answer is one JSON object with null for what is missing."""
    label = ""
    if rng.random() < 0.5 and trained():
        text, chosen, label = bank_message(rng)
    else:
        text, chosen = clauses(rng)
    if not chosen:
        return to_json(rng)
    pairs, answer = _schema(rng, chosen, label)
    return place(rng, _ask(rng, pairs, answer), text, json.dumps(answer, ensure_ascii=False))


def one_field(rng: Rng) -> Doc:
    """A single value in plain words."""
    text, chosen = clauses(rng)
    slot = rng.choice(sorted(chosen))
    if rng.random() < 0.15:
        slot = rng.choice([s for s in sorted(KEYS) if s not in chosen])
    key = rng.choice(KEYS[slot].split()).replace("_", " ")
    answer = chosen[slot][0] if slot in chosen else "none"
    return place(
        rng, rng.choice([f"What is the {key}?", f"Give the {key}.", f"Extract the {key}.", f"{key}?"]), text, answer
    )


def free_table(rng: Rng) -> Doc:
    """Random keys with random values, from lines to JSON or back."""
    from pretrain.copying import items

    keys = items(rng, 2, 6)
    row = {
        k: rng.choice([words.made(rng), words.code(rng), words.name(rng), words.city(rng), str(rng.randint(0, 9999))])
        for k in keys
    }
    if rng.random() < 0.5:
        lines = rng.choice(["\n", "; ", ", ", ". "]).join(
            f"{k}{rng.choice([': ', ' = ', ' is '])}{v}" for k, v in row.items()
        )
        wanted = rng.sample(keys, rng.randint(1, len(keys)))
        answer = json.dumps({k: row[k] for k in wanted}, ensure_ascii=False)
        return place(rng, f"{rng.choice(HEADS)} {', '.join(wanted)}", lines, answer)
    lines = "\n".join(f"{k}: {v}" for k, v in row.items())
    return place(
        rng, rng.choice(["Write the JSON as lines.", "One line a key."]), json.dumps(row, ensure_ascii=False), lines
    )


def by_example(rng: Rng) -> Doc:
    """Two messages of the same shape: the first one answered, the second to be answered."""
    slots = rng.sample(sorted(CLAUSES), rng.randint(1, 3))
    forms = [rng.choice(CLAUSES[s].split("|")) for s in slots]
    keys = [rng.choice(KEYS[s].split()) if rng.random() < 0.7 else words.made(rng, 2) for s in slots]
    shown = []
    for _ in range(2):
        picked = [value(rng, s) for s in slots]
        text = ". ".join(f.format(p[0]) for f, p in zip(forms, picked, strict=True))
        row = {k: (_number(p[1]) if isinstance(p[1], float) else p[0]) for k, p in zip(keys, picked, strict=True)}
        shown.append((text, json.dumps(row, ensure_ascii=False)))
    return chat(shown[1][0], shown[1][1], f"{rng.choice(HEADS)} Example:\n{shown[0][0]}\n{shown[0][1]}")


def extraction(rng: Rng) -> Doc:
    """Any of the above."""
    maker = rng.choices([to_json, one_field, free_table, by_example], [60, 14, 14, 12])[0]
    return maker(rng)
