"""Draw the pairs that people see: a fair sample, in an order and on sides that only a secret key tells.

The key stays with the run. Everything in the page follows from it by HMAC-SHA-256: what a pair is called there, where
it stands, and which side each answer is on. So the page says nothing, and whoever holds the key can prove afterwards
that nothing was chosen by hand.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from tunewright.core.digest import digest_json
from tunewright.core.errors import Fault
from tunewright.judge.material import Pair

KEY, PAGE = "key.json", "pairs.html"


@dataclass(frozen=True)
class Shown:
    """One pair as the page shows it: its name there, its item, and whether the tuned arm's answer is `a` or `b`."""

    id: str
    item: str
    tuned: str


@dataclass(frozen=True)
class Key:
    """What leads from a page back to the arms. `page` is the digest of what the page shows, `report` of the report that
    the answers are from, `same` the items of the sample in which both arms say the same, so nobody need look."""

    secret: str
    page: str
    release: str
    report: str
    against: str
    shown: tuple[Shown, ...]
    same: tuple[str, ...]

    def write(self, path: Path) -> None:
        """Keep it where only its owner reads it."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)))


def read_key(path: Path) -> Key:
    """The key in a run's folder."""
    row: dict[str, Any] = json.loads(path.read_text())
    return Key(**{**row, "shown": tuple(Shown(**one) for one in row["shown"]), "same": tuple(row["same"])})


def sample(found: Sequence[Pair], most: int, seed: int) -> tuple[list[Pair], list[Pair]]:
    """Pairs to show, at most `most`, and those of the same draw whose answers are equal: ties without a look.

    The draw goes on until enough differ, so shown and equal ones together are a fair sample of all.
    """
    order = list(found)
    Random(seed).shuffle(order)
    show: list[Pair] = []
    same: list[Pair] = []
    for pair in order:
        if len(show) == most:
            break
        (same if pair.same else show).append(pair)
    return show, same


def shuffled(pairs: Sequence[Pair], secret: bytes) -> list[tuple[Pair, Shown]]:
    """The pairs in the order of the page, each with its name and side; each arm is on each side equally often."""
    left = sorted(pairs, key=lambda pair: _mark(secret, "side", pair.item))
    first = {pair.item for pair in left[:(len(left) + _mark(secret, "odd", "")[0] % 2) // 2]}
    return [(pair, Shown(_mark(secret, "name", pair.item).hex()[:16], pair.item,
                         "a" if pair.item in first else "b"))
            for pair in sorted(pairs, key=lambda pair: _mark(secret, "place", pair.item))]


def content(shown: Sequence[tuple[Pair, Shown]]) -> list[dict[str, Any]]:
    """What the page holds of each pair: its name, the request, answer `a` and answer `b`."""
    return [{"id": one.id, "request": [{"role": str(turn.get("role")), "text": _text(turn)} for turn in pair.request],
             "a": pair.ours if one.tuned == "a" else pair.theirs,
             "b": pair.theirs if one.tuned == "a" else pair.ours} for pair, one in shown]


def keyed(found: Sequence[Pair], *, secret: bytes, most: int, seed: int, release: str, report: str, against: str
          ) -> tuple[list[dict[str, Any]], Key]:
    """What the page shows, and the key to it. Raises Fault if no two answers differ."""
    show, same = sample(found, most, seed)
    if not show:
        raise Fault(f"the tuned arm and {against} say the same wherever both answered: there is nothing to compare.")
    placed = shuffled(show, secret)
    told = content(placed)
    return told, Key(secret.hex(), digest_json(told), release, report, against, tuple(one for _, one in placed),
                     tuple(pair.item for pair in same))


def _mark(secret: bytes, what: str, item: str) -> bytes:
    return hmac.new(secret, f"{what} {item}".encode(), sha256).digest()


def _text(turn: dict[str, Any]) -> str:
    said = turn.get("content")
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
