"""Read what people saved from the page: check every file, and put the arms back in."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunewright.core.digest import digest_json, short
from tunewright.core.errors import Fault
from tunewright.core.items import Item, Measure
from tunewright.core.judged import Judged, Judgement, Told
from tunewright.data import strict_json
from tunewright.judge.people.draw import Key, Shown
from tunewright.judge.people.page import ASKED, OVERALL
from tunewright.stats.agreement import Level, alpha
from tunewright.stats.estimate import mean

SUITE = "human"
LEVEL: Level = "ordinal"  # one answer better, equal, the other better: an order without distances
LARGEST = 16 * 2**20  # bytes of a file
_TELLING = 20  # pairs
WORDS = ("a", "equal", "b")
METRICS: dict[str, Measure] = {"win" if name == OVERALL else name: Measure() for name in ASKED}
"""Of the tuned arm: `win` all in all, and by criterion; 1 where its answer is better, 0.5 where they are equal."""


@dataclass(frozen=True)
class Answers:
    """One rater's answers: by pair and criterion `a`, `equal` or `b`. `page` is the digest of what the page showed."""

    path: str
    rater: str
    page: str
    said: dict[str, dict[str, str]]


def read(path: Path) -> Answers:
    """The answers in a file that the page saved. Raises Fault for what is no such file, or holds a pair twice."""
    name = path.name
    try:
        if path.stat().st_size > LARGEST:
            raise Fault(f"{name} is larger than {LARGEST >> 20} MB: give the file that the page saved.")
        value: Any = strict_json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise Fault(f"{path} does not exist: give the file that the page saved.") from error
    except OSError as error:
        raise Fault(f"{path} cannot be read ({error.strerror}): give the file that the page saved.") from error
    except ValueError as error:
        raise Fault(f"{name} is not JSON in UTF-8 ({error}): give the file that the page saved, as it is.") from error
    rows = value.get("answers") if isinstance(value, dict) else None
    if not isinstance(rows, list) or not all(isinstance(value.get(key), str) for key in ("page", "rater")):
        raise Fault(f"{name} holds no answers to a page: give the file that the page saved.")
    if not value["rater"].strip():
        raise Fault(f"{name} does not say who answered: fill in `rater` in it.")
    if not all(isinstance(row, dict) and isinstance(row.get("id"), str) for row in rows):
        raise Fault(f"{name} has an answer without the pair it is about: give the file that the page saved, as it is.")
    twice = next((id for id, count in Counter(row["id"] for row in rows).items() if count > 1), None)
    if twice:
        raise Fault(f"{name} answers pair {twice} twice: give the file that the page saved, as it is.")
    return Answers(name, value["rater"].strip(), value["page"], {row["id"]: row for row in rows})


def check(answers: Sequence[Answers], key: Key) -> None:
    """Raises Fault unless each file answers all of this page, and each is by another person."""
    ids = {one.id for one in key.shown}
    for one in answers:
        if one.page != key.page:
            raise Fault(f"{one.path} answers page {short(one.page)}, and the others page {short(key.page)}: read the "
                        "files of one page at a time.")
        if unknown := one.said.keys() - ids:
            raise Fault(f"{one.path} answers pair {min(unknown)[:16]}, which the page does not have: give the file "
                        "that the page saved, as it is.")
        for said in one.said.values():
            wrong = next((name for name in ASKED if said.get(name) not in (*WORDS, None)), None)
            if wrong:
                raise Fault(f"{one.path} says {str(said[wrong])[:20]} of {wrong}, and an answer is one of "
                            f"{', '.join(WORDS)}: give the file that the page saved, as it is.")
        left = sum(any(one.said.get(id, {}).get(name) is None for name in ASKED) for id in ids)
        if left:
            raise Fault(f"{one.path} leaves {left:,} of {len(ids):,} pairs open: {one.rater} may go on in the page "
                        "and save again.")
    marks: dict[str, str] = {}
    for one in answers:
        # Two people agree on a pair, never on every question of twenty: then it is one file under two names.
        alike = [digest_json(one.said)] if len(ids) >= _TELLING else []
        for mark in (f"rater {one.rater.casefold()}", *alike):
            if mark in marks:
                raise Fault(f"{one.path} and {marks[mark]} are answers of the same person: give one file a person.")
            marks[mark] = one.path


def judged(answers: Sequence[Answers], key: Key, groups: Mapping[str, str | None]
           ) -> tuple[list[Item], Judged, list[Judgement]]:
    """An item for each pair with the mean of what people said, how far they agree, and every single judgement. `groups`
    has the group of each item."""
    # Names of raters stay in the run's folder: a report may travel further than they agreed to.
    single = [Judgement(SUITE, one.item, {_metric(name): _share(said.said[one.id][name], one) for name in ASKED},
                        rater=f"rater {number}", order=f"tuned {'first' if one.tuned == 'a' else 'second'}")
              for one in key.shown for number, said in enumerate(answers, 1)]
    by_item = {one.item: [row.said for row in single if row.item == one.item] for one in key.shown}
    items = [Item(SUITE, one.item, "tuned", group=groups.get(one.item),
                  scores={name: sum(said[name] for said in by_item[one.item]) / len(answers) for name in METRICS})
             for one in key.shown]
    # Both arms said the same: everybody would have called them equal.
    items += [Item(SUITE, item, "tuned", group=groups.get(item), scores=dict.fromkeys(METRICS, 0.5))
              for item in key.same]
    about = Judged(SUITE, "human", f"{len(answers)} {'person' if len(answers) == 1 else 'people'}", key.against,
                   len(items), same=len(key.same), trust=tuple(_first(answers, key)), measure="alpha",
                   agreement=tuple(_agreement(by_item)),
                   provenance={"page": key.page, "asked": dict(ASKED), "report": key.report, "level": LEVEL,
                               "answers": [digest_json(one.said) for one in answers]})
    return items, about, single


def _metric(name: str) -> str:
    return "win" if name == OVERALL else name


def _share(word: str, shown: Shown) -> float:
    """The tuned arm's share of the win."""
    return 0.5 if word == "equal" else float(word == shown.tuned)


def _agreement(by_item: dict[str, list[dict[str, float]]]) -> list[Told]:
    """Krippendorff's alpha by criterion; of one that nobody differs in, or that one person judged, there is none."""
    found = []
    for name in METRICS:
        try:
            figure = alpha([[said[name] for said in rows] for rows in by_item.values()], LEVEL)
        except ValueError:
            continue
        found.append(Told(name, figure.value, figure.low, figure.high, figure.n))
    return found


def _first(answers: Sequence[Answers], key: Key) -> list[Told]:
    """The share of choices that fell on A: one half, if sides do not matter."""
    chosen = [(one.id, float(word == "a")) for one in key.shown for said in answers
              if (word := said.said[one.id][OVERALL]) != "equal"]
    if not chosen:
        return []
    figure = mean([value for _, value in chosen], [id for id, _ in chosen])
    return [Told("first", figure.value, figure.low, figure.high, figure.units)]


def dumped(answers: Sequence[Answers]) -> str:
    """The answers as they were read, for the run's folder."""
    return json.dumps([vars(one) for one in answers], ensure_ascii=False)
