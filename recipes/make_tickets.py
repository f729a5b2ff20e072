"""Make the tickets of a bike-share desk: `python recipes/make_tickets.py` writes them into `recipes/data`.

A ticket is a core phrase (`ticket_phrases.tsv`) with its slots filled from `ticket_words.txt`, and clauses around
it. The test file holds other core phrases, family names and stations than the training files, so a right answer
there was read off the message, not remembered. The same seed gives the same bytes.
"""

import functools
import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"
HELD_EACH = 5  # core phrases of every issue that only the test file uses
Row = tuple[str, str, str]  # template, message, answer

RIDER = ["{} – {rider}", "{}\n{rider}", "{} Rider: {rider}.", "{} Account of {rider}.", "{} Best, {rider}",
         "{rider} writing in. {}", "Hello from {rider}. {}", "{} Kindly, {rider}.", "{} You have me down as {rider}.",
         "{rider}: {}"]
BIKE = ["{} It was {bike}.", "{} Frame number {bike}.", "{} (bike {bike})", "{} I was on {bike}.", "Bike {bike}. {}"]
STATION = ["{} This was at {station}.", "{} Nearest dock: {station}.", "{} I started from {station}.",
           "At {station}: {}", "{} You find me by {station}."]
CHARGE = ["{} The fare says {charge}.", "{} And you took {charge}.", "{} Fee so far: {charge}."]
CHATTER = ["{}"] * 5 + ["{} Please have a look.", "{} What now?", "{} Not the first time!", "Good evening. {}",
                        "Dear bike people, {}"]
CLAUSES = {"bike": (BIKE, 0.25), "station": (STATION, 0.25), "charge": (CHARGE, 0.12), "rider": (RIDER, 0.7)}
KEYS = ("issue", "rider", "bike", "station", "charge")


@dataclass(frozen=True)
class Core:
    """A phrase that says what is wrong; `template` names it, e.g. `fault-07`."""

    template: str
    issue: str
    phrase: str


def read_cores() -> list[Core]:
    """The core phrases in file order."""
    seen: dict[str, int] = {}
    cores = []
    for line in (DATA / "ticket_phrases.tsv").read_text("utf-8").splitlines()[1:]:
        issue, phrase = line.split("\t")
        seen[issue] = seen.get(issue, 0) + 1
        cores.append(Core(f"{issue}-{seen[issue]:02d}", issue, phrase))
    return cores


@functools.cache
def read_words() -> dict[str, list[str]]:
    """Words by kind: given and family names, the two halves of a station's name, and what fills the phrases."""
    words: dict[str, list[str]] = {}
    for line in (DATA / "ticket_words.txt").read_text("utf-8").splitlines():
        kind, listed = line.split(": ")
        words.setdefault(kind, []).extend(listed.split(", "))
    return words


def pool(words: list[str], held: bool) -> list[str]:
    """Every fifth word is held back for the test file."""
    return [word for at, word in enumerate(words) if (at % 5 == 4) == held]


def values(rng: random.Random, held: bool) -> dict[str, tuple[str, str | float]]:
    """One filling of every slot: as it is written in the message, and as it stands in the answer."""
    words = read_words()
    rider = f"{rng.choice(words['given'])} {rng.choice(pool(words['family'], held))}"
    bike = "".join(rng.choices("ABCDEFGHJKLMNPRSTUVWXYZ", k=2)) + f"-{rng.randint(1000, 9999)}"
    station = f"{rng.choice(pool(words['place'], held))} {rng.choice(words['kind'])}"
    cents = rng.choice([100 * rng.randint(1, 90), rng.randint(101, 9_999)])
    cents += cents % 10 == 0 and cents % 100 != 0  # JSON writes 4.30 as 4.3: leave trailing zeros out
    amount = cents / 100 if cents % 100 else cents // 100
    written = rng.choice(["€{}", "{} euros", "EUR {}"]).format(amount)
    return {"rider": (rider, rider), "bike": (bike, bike), "station": (station, station), "charge": (written, amount)}


def dressed(rng: random.Random, phrase: str) -> str:
    """The phrase with its words chosen ({part}, and {part2} for another one); the slots of the answer stay open."""
    for kind, words in read_words().items():
        one, other = rng.sample(words, 2)
        phrase = phrase.replace("{" + kind + "}", one).replace("{" + kind + "2}", other)
    return phrase


def around(clause: str, text: str) -> str:
    """Put `text` into the clause, closed with a full stop where another sentence follows."""
    follows = clause.startswith("{} ") and clause[3].isupper()
    return clause.replace("{}", text + "." if follows and text[-1] not in ".!?" else text)


def ticket(rng: random.Random, core: Core, held: bool) -> Row:
    """One ticket: slots of the core filled, clauses for some of the others, null for what is not said."""
    chosen = values(rng, held)
    text = around(rng.choice(CHATTER), dressed(rng, core.phrase))
    for slot, (clauses, share) in CLAUSES.items():
        if "{" + slot + "}" not in text and rng.random() < share:
            text = around(rng.choice(clauses), text)
    said = {slot for slot in chosen if "{" + slot + "}" in text}
    answer = {"issue": core.issue, **{key: chosen[key][1] if key in said else None for key in KEYS[1:]}}
    message = text.format(**{slot: written for slot, (written, _) in chosen.items()})
    return core.template, message, json.dumps(answer)


def rows(rng: random.Random, cores: list[Core], count: int, held: bool) -> list[Row]:
    """`count` tickets, each core used equally often."""
    made = [ticket(rng, cores[at % len(cores)], held) for at in range(count)]
    rng.shuffle(made)
    return made


def slipped(made: list[Row]) -> list[Row]:
    """The export that went wrong: every answer stands one row too low."""
    return [(template, message, made[at - 1][2]) for at, (template, message, _) in enumerate(made)]


def write(path: Path, made: list[Row]) -> None:
    """Write conversations, one JSON object a line. An answer keeps its spaces: `tiny` writes it in fewer tokens so."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for template, message, answer in made:
            turns = [{"role": "user", "content": message}, {"role": "assistant", "content": answer}]
            stream.write(json.dumps({"template": template, "messages": turns}, ensure_ascii=False) + "\n")


def main(folder: Path, seed: int = 7) -> None:
    """Write `tickets.jsonl` (1,350 rows), `tickets_test.jsonl` (200) and `tickets_slipped.jsonl` (400)."""
    rng = random.Random(seed)
    cores = read_cores()
    held = {core for issue in dict.fromkeys(core.issue for core in cores)
            for core in rng.sample([core for core in cores if core.issue == issue], HELD_EACH)}
    known = [core for core in cores if core not in held]
    write(folder / "tickets.jsonl", rows(rng, known, 1350, held=False))
    write(folder / "tickets_test.jsonl", rows(rng, [core for core in cores if core in held], 200, held=True))
    write(folder / "tickets_slipped.jsonl", slipped(rows(rng, known, 400, held=False)))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
