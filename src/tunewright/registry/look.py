"""What reads the registry: live, history, status, resolve."""

from tunewright.core.home import Home
from tunewright.core.ledger import Entry
from tunewright.core.records import Dataset, Release
from tunewright.gate.waive import ACTION as WAIVE
from tunewright.recipe import Recipe
from tunewright.registry.fold import Name, Standing, fold, numbered


def read(home: Home, digest: str) -> Release:
    """The release record of that digest."""
    return Release.model_validate(home.store.get_json(digest))


def live(home: Home, name: str) -> Release | None:
    """The release of `name` that is live, or None."""
    known = fold(home).names.get(name)
    return read(home, known.standing(known.live).digest) if known and known.live else None


def history(home: Home, name: str) -> tuple[Entry, ...]:
    """Every entry about `name`, oldest first. Raises Fault for an unknown name."""
    return tuple(fold(home).of(name).entries)


def status(home: Home, name: str | None = None) -> tuple[Standing, ...]:
    """The standing of each release of `name` (or of all names), by name and number."""
    registry = fold(home)
    names = {name: registry.of(name)} if name else dict(sorted(registry.names.items()))
    return tuple(known.standing(number) for known in names.values() for number in sorted(known.added))


def resolve(home: Home, reference: str) -> Release:
    """The release that `name@live`, `name@3` or a digest prefix (four digits or more) names, else Fault."""
    registry = fold(home)
    name, number = numbered(registry, reference)
    return read(home, registry.of(name).standing(number).digest)


def holding(home: Home, recipe: Recipe, dataset: Dataset, base: str) -> Release | None:
    """The last release made from this recipe, dataset and base (its digest); None if there is none, or if a rule was
    waived over its report since."""
    known = fold(home).names.get(recipe.name, Name())
    waived = {entry.data["report"]: entry.number for entry in known.entries if entry.action == WAIVE}
    for _, entry in sorted(known.added.items(), reverse=True):
        if entry.number < waived.get(entry.data["report"], 0):
            continue
        if entry.data["recipe"] == recipe.digest and entry.data["dataset"] == dataset.digest and (
                home.store.get_json(entry.data["model"])["base"] == base):
            return read(home, entry.data["release"])
    return None
