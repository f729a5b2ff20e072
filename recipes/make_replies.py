"""The replies of the bike-share desk, and which of two the desk likes better: data for `align-*.yaml`.

Conversations answer a note in either of two ways, as two people at the desk did, half of each. Pairs say which the
desk wants: the courteous reply that names the right bike. What it does not want is the curt reply, or a courteous
one about another bike; bikes are named after birds. Everything is drawn here with a fixed seed; the test pairs use
notes of their own.

    python recipes/make_replies.py
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parent / "data"
NOTES = ["The chain of {bike} is off.", "My {bike} has a flat tyre.", "The saddle of {bike} does not hold.",
         "I cannot unlock {bike}.", "Your {bike} has no light.", "The bell of {bike} is gone.",
         "The pedal came off {bike}.", "The brake of {bike} is weak.",
         "Someone left {bike} in the park.", "The basket of {bike} is torn."]
TEST_NOTES = ["The front wheel of {bike} wobbles.", "I hear an odd sound from {bike}.", "The lock of {bike} is stuck.",
              "There is glass around {bike}."]
BIRDS = ["Heron", "Robin", "Swan", "Crane", "Falcon", "Raven", "Stork", "Eagle", "Finch", "Gull", "Duck", "Owl",
         "Sparrow", "Swallow", "Pigeon", "Goose", "Hawk", "Dove", "Wren", "Lark"]
COURTEOUS = "Thank you for telling us. We will look at {bike} today."
CURT = "Noted, {bike}."
Row = dict[str, object]


def bike(rng: random.Random) -> str:
    """A bike's name and dock, e.g. `Heron 7`."""
    return f"{rng.choice(BIRDS)} {rng.randint(2, 9)}"


def replies(rng: random.Random, count: int) -> Iterator[Row]:
    """Notes with a reply of either kind."""
    for number in range(count):
        named = bike(rng)
        note, reply = rng.choice(NOTES), (COURTEOUS, CURT)[number % 2]
        yield {"messages": [{"role": "user", "content": note.format(bike=named)},
                            {"role": "assistant", "content": reply.format(bike=named)}]}


def tastes(rng: random.Random, count: int, notes: list[str]) -> Iterator[Row]:
    """Notes with the reply that the desk wants and one that it does not want; one in four names the wrong bike."""
    for number in range(count):
        named, other = bike(rng), bike(rng)
        rejected = COURTEOUS.format(bike=other) if number % 4 == 0 and other != named else CURT.format(bike=named)
        yield {"prompt": rng.choice(notes).format(bike=named), "chosen": COURTEOUS.format(bike=named),
               "rejected": rejected}


def main(folder: Path = DATA) -> None:
    """Write the three files into `folder`."""
    rng = random.Random(7)
    for name, rows in {"replies.jsonl": replies(rng, 400), "tastes.jsonl": tastes(rng, 320, NOTES),
                       "tastes_test.jsonl": tastes(rng, 120, TEST_NOTES)}.items():
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


if __name__ == "__main__":
    main()
