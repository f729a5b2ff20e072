"""Turn a validation error into one sentence with file, line, place and the nearest right word."""

import difflib
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from tunewright.recipe.recipe import Recipe

Location = tuple[int | str, ...]
_WORDS = {"string_type": "should be text", "dict_type": "should be a mapping, such as `{key: value}`",
          "model_type": "should be a mapping, such as `{key: value}`", "tuple_type": "should be a list",
          "int_type": "should be a whole number", "int_parsing": "should be a whole number",
          "int_from_float": "should be a whole number", "float_type": "should be a number",
          "float_parsing": "should be a number", "bool_parsing": "should be true or false",
          "bool_type": "should be true or false", "too_short": "is empty: give it at least one"}
"""Our words where pydantic speaks of Python's types."""


def explain(error: ValidationError, node: yaml.MappingNode, file: str) -> str:
    """One sentence for the most telling fault, and how many others there are."""
    # A list whose only item is wrong is told as empty too: that is the same fault once more.
    told = error.errors()
    around = {one["loc"][:end] for one in told for end in range(len(one["loc"]))}
    faults = sorted((one for one in told if one["type"] != "too_short" or one["loc"] not in around),
                    key=lambda fault: fault["type"] != "extra_forbidden")
    first = faults[0]
    location, line = _locate(node, first)
    others = len({_locate(node, fault) for fault in faults}) - 1
    more = f" ({others} more after this one)" if others else ""
    return f"{file}:{line}: {_sentence(dict(first), location)}{more}"


def _sentence(fault: dict[str, Any], location: Location) -> str:
    place, kind = _place(location), fault["type"]
    if kind == "extra_forbidden":
        names = _fields(location[:-1])
        near = _nearest(str(location[-1]), names)
        mend = f"did you mean `{near}`?" if near else f"known here: {', '.join(names)}."
        return f"unknown key `{place}`: {mend}"
    if kind == "missing":
        help_text = _description(location, fault["loc"])
        start = help_text[:1] if help_text[1:2].isupper() else help_text[:1].lower()
        return f"`{place}` is missing: {start}{help_text[1:]}"
    # Where the name of a secret should stand, the secret itself may.
    shown = "this" if location[-1:] == ("key",) else _shown(fault["input"])
    if kind == "literal_error":
        expected = fault["ctx"]["expected"].replace("'", "`")
        near = _nearest(str(fault["input"]), [word.strip("` ") for word in expected.replace(" or ", ",").split(",")])
        return f"`{place}` is {shown}, but must be {expected}" + (f"; did you mean `{near}`?" if near else ".")
    message = _WORDS.get(kind) or fault["msg"].removeprefix("Value error, ").removeprefix("Input ").rstrip(".")
    if kind == "string_pattern_mismatch":
        message = _description(location, fault["loc"]).rstrip(".")
    return f"`{place}` is {shown}: {message}." if shown != "this" else f"`{place}`: {message}."


def _shown(value: Any) -> str:
    """A value as YAML has it; `this` for what is not a single value."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value) if isinstance(value, str | int | float) else "this"


def _locate(node: yaml.Node, fault: Mapping[str, Any]) -> tuple[Location, int]:
    """The part of a fault's location that stands in the file (plus a last missing key), and its line.

    What is wrong with a whole spec ends with its kind, which is no key.
    """
    location: Location = fault["loc"]
    found: list[int | str] = []
    line = node.start_mark.line + 1
    for position, step in enumerate(location):
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if pair is None:
                if position == len(location) - 1 and fault["type"] != "value_error":
                    found.append(step)
                continue
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            continue
        found.append(step)
    return tuple(found), line


def _place(location: Location) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return text.removeprefix(".") or "recipe"


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models(inner)


def _at(location: Location) -> list[type[BaseModel]]:
    """The specs that may stand at a location."""
    models: list[type[BaseModel]] = [Recipe]
    for step in location:
        if isinstance(step, str):
            fields = [model.model_fields[step] for model in models if step in model.model_fields]
            models = [model for field in fields for model in _models(field.annotation)]
    return models


def _fields(location: Location) -> list[str]:
    return [name for model in _at(location) for name in model.model_fields]


def _description(location: Location, steps: Location) -> str:
    """The help text of a field. `steps` are pydantic's, which name the kind of source or engine that is meant."""
    def fits(model: type[BaseModel]) -> tuple[bool, int]:
        field = model.model_fields.get("kind")
        kinds = set(typing.get_args(field.annotation)) if field else set()
        return not kinds & set(steps), len(kinds)

    for model in sorted(_at(location[:-1]), key=fits):
        field = model.model_fields.get(str(location[-1]))
        if field is not None and field.description:
            return " ".join(field.description.split())
    return "add it."


def _nearest(word: str, known: list[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.6)), None)
