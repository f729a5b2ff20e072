"""How far a person's records got: datasets that held them, models, reports and releases that came from those."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError

from tunewright import registry
from tunewright.core.home import Home
from tunewright.core.records import KINDS, Dataset, Model, Record, Report, parse
from tunewright.data.subjects import Held, expired, find
from tunewright.registry import Standing

_BEGINNINGS = {b'{"%s":' % min(kind.model_fields).encode(): kind for kind in KINDS.values()}
"""How the canonical JSON of each kind of record begins."""
_LONGEST = max(map(len, _BEGINNINGS))


@dataclass(frozen=True)
class Reach:
    """What a withdrawal concerns. `held` says where the records are; the rest came from the datasets that held them.

    `datasets` names for each digest the parts that held records; the others are digests, but for `releases`.
    """

    held: Held
    datasets: dict[str, tuple[str, ...]]
    models: tuple[str, ...]
    reports: tuple[str, ...]
    releases: tuple[Standing, ...]

    @property
    def live(self) -> tuple[Standing, ...]:
        """The releases that answer now."""
        return tuple(release for release in self.releases if release.status == "live")


def reach(home: Home, person: str) -> Reach:
    """What the records of `person` (the form of data/provenance.py) got into. Nothing is changed but the tables that
    say who is in which file.
    """
    found = list(records(home))
    return _reach(home, found, find(home, [one for one in found if isinstance(one, Dataset)], person))


def reach_of_expired(home: Home, day: date) -> Reach:
    """What records got into that may no longer be used on `day` and are still kept."""
    found = list(records(home))
    datasets = [one for one in found if isinstance(one, Dataset) and one.expires and one.expires <= day]
    return _reach(home, found, expired(home, datasets, day))


def _reach(home: Home, found: list[Record], held: Held) -> Reach:
    """What the records that are `held` got into, of the records found in the store."""
    models = _models([one for one in found if isinstance(one, Model)], set(held.datasets))
    reports = {one.digest for one in found if isinstance(one, Report)
               and (one.dataset in held.datasets or one.model in models)}
    releases = tuple(known.standing(number) for _, known in sorted(registry.fold(home).names.items())
                     for number, entry in sorted(known.added.items())
                     if entry.data["dataset"] in held.datasets or entry.data["model"] in models)
    return Reach(held, {digest: tuple(sorted(parts)) for digest, parts in sorted(held.datasets.items())},
                 tuple(sorted(models)), tuple(sorted(reports)), releases)


def records(home: Home) -> Iterator[Record]:
    """Every record in the store, whether a release holds it or not."""
    for digest, start in home.store.beginnings(_LONGEST):
        if any(start.startswith(beginning) for beginning in _BEGINNINGS):
            try:
                yield parse(home.store.get_json(digest))
            except (ValidationError, ValueError, KeyError, TypeError):  # another JSON file that begins in the same way
                continue


def _models(models: list[Model], datasets: set[str]) -> set[str]:
    """Those that learned from one of the datasets, or from a model that did."""
    found: set[str] = set()
    before = -1
    while len(found) > before:
        before = len(found)
        found |= {model.digest for model in models
                  if model.dataset in datasets or model.after in found or model.judge in found}
    return found
