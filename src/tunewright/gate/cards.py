"""Cards: what a reader of the dataset's and the model's card must find there, and whether they do.

The fields are those that a recipe can tell of what a datasheet and a model card should say (Gebru et al., "Datasheets
for Datasets", 2021; Mitchell et al., "Model Cards for Model Reporting", 2019).
"""

from collections.abc import Mapping

from tunewright.core.records import Dataset, Model, Outcome
from tunewright.recipe import Recipe

Card = Mapping[str, bool]
"""Whether each field of the cards is filled in, by the field's name."""

_NAMED = 6  # fields that a sentence names


def card(recipe: Recipe, dataset: Dataset, model: Model, base_license: str | None) -> Card:
    """The fields of both cards."""
    found = {
        "purpose": bool(recipe.purpose.strip()),
        "`data.use`": recipe.data.use is not None,
        "what is held out": bool(dataset.counts.get("test")),
        "personal data (`data.pii`)": recipe.data.pii is not None,
        f"licence of base {model.base_name}": bool(base_license),
    }
    for source, origin in zip(recipe.data.sources, dataset.origins, strict=True):
        path = origin.path
        found |= {f"licence of {path}": bool(origin.license), f"lawful basis of {path}": bool(origin.basis),
                  f"retention of {path}": origin.retention is not None,
                  f"day of collection of {path}": source.collected is not None}
    return found


def share(fields: Card) -> float:
    """The share of the fields that are filled in."""
    return sum(fields.values()) / len(fields)


def judge(fields: Card, least: float) -> tuple[Outcome, str]:
    """What the cards say of `at_least`, and the sentence. Nothing is left to chance, so nothing is undecided."""
    missing = [name for name, there in fields.items() if not there]
    rest = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
    lacks = f"; missing: {', '.join(missing[:_NAMED])}{rest}" if missing else ""
    told = f"{len(fields) - len(missing)} of {len(fields)} fields of the cards are filled in{lacks}"
    return "pass" if share(fields) >= least else "fail", told
