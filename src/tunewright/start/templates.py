"""What `tunewright init` writes: a recipe and sample data. The data is generated here, the same every time."""

import csv
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass

SCHEMA = "recipe.schema.json"
_ROWS = 240
_PRODUCTS = ("card", "savings account", "current account", "mobile app", "loan", "travel insurance")
_PLACES = ("Leeds", "Porto", "Graz", "Lyon", "Gdansk", "Malmo", "Bergen", "Ghent")
_OPENINGS = ("Hello,", "Hi there,", "Good morning,", "Please help:", "Dear team,", "")
_CLOSINGS = ("Thanks.", "Please answer soon.", "Best regards.", "I am waiting for your reply.", "")
_TICKETS = {
    "lost": "I lost my {product} papers in {place} on {day} March.",
    "fee": "you charged me {amount} euro for my {product} and I do not know why.",
    "close": "I want to close my {product} before {day} March because I move to {place}.",
    "broken": "my {product} stopped working in {place}, it failed {day} times today.",
}
_URGENT = {"lost": "high", "fee": "normal", "close": "low", "broken": "high"}


@dataclass(frozen=True)
class Template:
    """A start to change: what it is for, the recipe's text, the data file's name and content."""

    purpose: str
    recipe: str
    data: str
    content: Callable[[], str]


def _ticket(draw: random.Random) -> tuple[str, dict[str, object]]:
    """A customer's message and what is in it."""
    intent = draw.choice(sorted(_TICKETS))
    facts = {"product": draw.choice(_PRODUCTS), "place": draw.choice(_PLACES), "day": draw.randint(2, 28),
             "amount": draw.randint(3, 95)}
    said = _TICKETS[intent].format(**facts)
    text = " ".join(part for part in (draw.choice(_OPENINGS), said, draw.choice(_CLOSINGS)) if part)
    return text, {"intent": intent, "product": facts["product"], "priority": _URGENT[intent]}


def _rows() -> list[tuple[str, str, dict[str, object]]]:
    """Customer, message and facts of each sample ticket."""
    draw = random.Random(7)
    return [(f"c{draw.randint(1, 60):03d}", *_ticket(draw)) for _ in range(_ROWS)]


def _jsonl() -> str:
    return "".join(json.dumps({"customer": customer, "ticket": text, "answer": facts}) + "\n"
                   for customer, text, facts in _rows())


def _csv() -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["customer", "message", "intent"])
    writer.writerows((customer, text, facts["intent"]) for customer, text, facts in _rows())
    return stream.getvalue()


_RECIPE = """\
# yaml-language-server: $schema={schema}
name: {name}
purpose: {purpose}
base: tiny                       # bundled; or a hub id, or a folder with safetensors
data:
  sources:
    - path: {data}
      format: {{prompt: {prompt}, response: {response}}}
      system: {system}
      license: CC0-1.0           # of your data; `proprietary` if it is yours alone
      basis: contract            # GDPR lawful basis
      retention: 2y
  split: {{test: 0.2, validation: 0.1, group: customer}}{duplicates}
train:
  - {{objective: sft, method: lora, rank: 16, epochs: {epochs}, learning_rate: 0.001}}
evaluate:
  suites: [task, general]
  scorers: [{scorers}]
  new_tokens: {tokens}
gate:
  - {{metric: task/exact, at_least: 0.5}}
  - {{metric: task/exact, rise_at_least: 0.0}}                       # better than the base, paired
  - {{metric: task/exact, drop_at_most: 0.05, against: live}}        # no worse than the release that is live
  - {{metric: general/all, drop_at_most: 0.25}}      # tiny forgets much; with a larger base take 0.05
"""


_NEAR = """
  duplicates: {near: 0.8}        # what asks nearly what is held out leaves train; of two nearly alike one stays"""


def render(template: str, name: str) -> dict[str, str]:
    """The files of a template for a recipe called `name`: file name to text."""
    chosen = KINDS[template]
    text = chosen.recipe.replace("{name}", name).replace("{schema}", SCHEMA)
    return {f"{name}.yaml": text, chosen.data: chosen.content()}


def _recipe(**words: object) -> str:
    return _RECIPE.format(name="{name}", schema="{schema}", **words)


KINDS = {
    "ticket-to-json": Template(
        "Turn a customer's message into JSON.",
        _recipe(purpose="Turn a customer's message into JSON.", data="tickets.jsonl", prompt="ticket",
                response="answer", system="Answer with the ticket as JSON.", duplicates="", epochs=12,
                scorers="exact, json_valid, field_f1, loss", tokens=64),
        "tickets.jsonl", _jsonl),
    "classify": Template(
        "Name the intent of a customer's message.",
        _recipe(purpose="Name the intent of a customer's message.", data="messages.csv", prompt="message",
                response="intent", duplicates=_NEAR, epochs=6,
                system='"Name the intent of the message: broken, close, fee or lost."',
                scorers="exact, accuracy, macro_f1, loss", tokens=12),
        "messages.csv", _csv),
}
