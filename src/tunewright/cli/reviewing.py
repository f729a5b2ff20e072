"""How drafts are shown to a person, and what each key does."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import click

from tunewright.cli.output import emit
from tunewright.core.errors import EXIT_GATE_UNDECIDED, EXIT_OK, Fault
from tunewright.core.home import find_home
from tunewright.core.identity import actor
from tunewright.core.visible import visible
from tunewright.data.drafts import sheet
from tunewright.data.drafts.entry import enter
from tunewright.data.readers import review_file
from tunewright.data.readers.review_file import Decision, Draft, Drafts, Standing, standing
from tunewright.recipe import load

Wish = Decision | Literal["skip", "back", "quit"]
KEYS: dict[str, Wish] = {
    "a": "accept", "e": "edit", "r": "reject", "s": "skip", "b": "back", "q": "quit"}
_HELP = "a accept · e edit · r reject · s skip · b back · q quit"
_ROLE = 11  # columns of a turn's role


@dataclass(frozen=True)
class Desk:
    """What a review needs of its surroundings: a key, a line on the screen, an edited text (None: left as it was)."""

    key: Callable[[], str]
    say: Callable[[str], None]
    edit: Callable[[str], str | None]


def review(file: Path, accept: Sequence[str], reject: Sequence[str], to_csv: Path | None, from_csv: Path | None,
           by: str | None, home: Path | None, as_json: bool) -> int:
    """Do what the options say, or else ask on the terminal; the exit code."""
    judged: list[Standing] = []
    told: list[dict[str, Any]] = []
    for path in files(file):
        shown, who = str(path), actor(by)
        before = found = review_file.read(path, shown)
        decided: dict[Decision, Sequence[str]] = {"accept": accept, "reject": reject}
        for word, ids in decided.items():
            for id in ids:
                found = review_file.decide(path, shown, id, word, who, now())
        if from_csv:
            found = sheet.enter(path, shown, from_csv, who, now())
        if to_csv:
            sheet.write(to_csv, found)
        if not (accept or reject or to_csv or from_csv or as_json):
            if not sys.stdin.isatty():
                raise Fault(f"there is no terminal to ask on: fill in `decision` in {shown}, or use --accept ID, "
                            "--reject ID or --from-csv FILE; --json lists the drafts.")
            found = walk(path, shown, who, Desk(click.getchar, click.echo, lambda text: click.edit(
                text, extension=".json")))
        if found != before:
            enter(find_home(named=home, create=True), path.name, before, found, who)
        judged.append(standing(found))
        told.append(_told(shown, found, judged[-1]))
        if not as_json:
            click.echo(f"{shown}: {judged[-1].sentence}")
    if as_json:
        emit(told[0] if len(told) == 1 else told)
    return EXIT_GATE_UNDECIDED if any(one.outcome in ("waiting", "undecided") for one in judged) else EXIT_OK


def files(file: Path) -> list[Path]:
    """The review files that are meant: one itself, or those of a recipe. Raises Fault if there is none yet."""
    if file.suffix.lower() not in (".yaml", ".yml"):
        if file.is_dir():
            raise Fault(f"{file} is a folder: name a review file in it, or a recipe.")
        if not file.is_file():
            raise Fault(f"{file} does not exist: `tunewright data RECIPE` makes the drafts of a source first.")
        return [file]
    loaded = load(file)
    found = [loaded.folder / source.path for source in loaded.recipe.data.sources if source.kind != "file"]
    if not found:
        raise Fault(f"{file.name} has no source of kind synthetic or label: there is nothing to review.")
    missing = next((path for path in found if not path.is_file()), None)
    if missing:
        raise Fault(f"{missing.name} is not there yet: `tunewright data {file}` makes its drafts.")
    return found


def walk(path: Path, shown: str, who: str, desk: Desk) -> Drafts:
    """Go through the undecided drafts of the sample, entering each decision at once; what the file holds then."""
    found = review_file.read(path, shown)
    desk.say(f"{shown} · {found.head.kind} · {standing(found).sentence}")
    queue = [one.id for one in found.drafts if one.sampled and one.settled is None]
    at = 0
    while at < len(queue):
        one = next(one for one in found.drafts if one.id == queue[at])
        desk.say("")
        for line in lines(one, at + 1, len(queue)):
            desk.say(line)
        wish = _wish(desk)
        match wish:
            case "quit":
                break
            case "skip":
                at += 1
            case "back":
                at = max(0, at - 1)
            case decision:
                content = _edited(one, desk) if decision == "edit" else None
                if decision != "edit" or content:
                    found = review_file.decide(path, shown, one.id, decision, who, now(), content)
                    at += 1
    desk.say("")
    return found


def lines(one: Draft, number: int, total: int) -> list[str]:
    """A draft as a person reads it: where it stands, then who says what. Nothing in it moves the cursor."""
    about = [f"{number} of {total}", *([f"{one.settled} before"] if one.settled else []),
             *([one.stratum] if one.stratum else []),
             *([f"confidence {one.confidence:.2f}"] if one.confidence is not None else [])]
    told = [" · ".join(visible(word) for word in about)]
    content = one.content
    turns = [*content.get("messages", ()), *content.get("prompt", ())]
    turns += [{**turn, "role": side} for side in ("chosen", "rejected") for turn in content.get(side, ())]
    turns += [{"role": "text", "content": content["text"]}] if "text" in content else []
    for turn in turns:
        calls = json.dumps(turn["tool_calls"], ensure_ascii=False) if turn.get("tool_calls") else ""
        said = visible(str(turn.get("content") or calls)).split("\n")
        told += [f"{turn.get('role', '') if at == 0 else '':<{_ROLE}}{line}" for at, line in enumerate(said)]
    return told


def now() -> str:
    """The moment, UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _wish(desk: Desk) -> Wish:
    desk.say(_HELP)
    while (key := desk.key().lower()) not in KEYS:
        if key in ("\x03", "\x04", ""):  # Ctrl-C, Ctrl-D, or nobody there any more
            return "quit"
    return KEYS[key]


def _edited(one: Draft, desk: Desk) -> dict[str, Any] | None:
    """What the person leaves of the draft; None if nothing was changed, or it is no record any more."""
    text = desk.edit(json.dumps(one.content, indent=2, ensure_ascii=False))
    try:
        value = json.loads(text) if text else None
    except (ValueError, RecursionError) as error:
        desk.say(f"that is not JSON ({error}): nothing was changed")
        return None
    if not isinstance(value, dict) or value.keys() != one.content.keys():
        desk.say("nothing was changed" if value is None else "the same keys must stay: nothing was changed")
        return None
    return value if value != one.content else None


def _told(shown: str, found: Drafts, judged: Standing) -> dict[str, Any]:
    waiting = [{"id": one.id, "content": one.content, "confidence": one.confidence}
               for one in found.drafts if one.sampled and one.settled is None]
    return {"file": shown, "kind": found.head.kind, "asked": found.head.asked, **asdict(judged),
            "left_out": dict(Counter(one.left_out for one in found.left_out)), "open": waiting}
