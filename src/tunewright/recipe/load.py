"""Read a recipe file; refuse what is wrong with file, line and the nearest right word."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from tunewright.core.errors import Fault
from tunewright.recipe.explain import explain
from tunewright.recipe.recipe import Recipe

_SIZE = 1 << 20  # bytes of a recipe
_NODES = 100_000
_DEPTH = 50


@dataclass(frozen=True)
class Loaded:
    """A recipe and the folder that its relative paths start from."""

    recipe: Recipe
    folder: Path


def load(path: Path) -> Loaded:
    """The recipe in a YAML file. Raises Fault with file, line, what is wrong and the nearest right word."""
    node = _compose(path)
    if not isinstance(node, yaml.MappingNode):
        found = {yaml.SequenceNode: "a list", yaml.ScalarNode: "a single value", type(None): "empty"}[type(node)]
        raise Fault(f"{path.name}:1: a recipe is a mapping with name, purpose, data and gate, but this is {found}: "
                    "`tunewright init` writes one to start from.")
    _refuse_duplicates(path, node)
    try:
        value: Any = yaml.SafeLoader("").construct_document(node)
        return Loaded(Recipe.model_validate(value), path.resolve().parent)
    except (yaml.YAMLError, TypeError, OverflowError) as error:
        raise Fault(f"{path.name}: {_first_line(error)}: write the recipe in plain YAML.") from error
    except ValidationError as error:
        raise Fault(explain(error, node, path.name)) from error
    except ValueError as error:  # a date that is none, a number of thousands of digits
        raise Fault(f"{path.name}: a value cannot be read ({_first_line(error).partition(':')[0]}): "
                    "mend the file.") from error


def _compose(path: Path) -> yaml.Node | None:
    try:
        with path.open("rb") as stream:
            content = stream.read(_SIZE + 1)
        if len(content) > _SIZE:
            raise Fault(f"recipe {path.name} is larger than {_SIZE >> 20} MB: keep it to what a person reads.")
        text = content.decode("utf-8")
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
        return node
    except FileNotFoundError as error:
        raise Fault(f"recipe {path} does not exist: give the path of a YAML file, or write one with "
                    "`tunewright init`.") from error
    except IsADirectoryError as error:
        raise Fault(f"recipe {path} is a folder: give the path of a YAML file in it.") from error
    except OSError as error:
        raise Fault(f"recipe {path} cannot be read ({error.strerror}): mend its rights.") from error
    except UnicodeDecodeError as error:
        raise Fault(f"recipe {path.name} is not UTF-8 at byte {error.start}: save it as UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Fault(f"{path.name}:{line}: not valid YAML, {error.problem}: mend that line.") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise Fault(f"{path.name}: not valid YAML, {_first_line(error)}: mend the file.") from error


def _refuse_duplicates(path: Path, node: yaml.Node) -> None:
    """YAML would silently take the last of two equal keys. Fault also for aliases that stand for too much.

    An alias may hold itself, or nine of one that holds nine, and so on: a page of YAML that means a billion words.
    """
    waiting = [(node, 1)]
    for _ in range(_NODES):
        if not waiting:
            return
        node, depth = waiting.pop()
        if depth > _DEPTH:
            raise Fault(f"{path.name}:{node.start_mark.line + 1}: nested more than {_DEPTH} deep: an alias must not "
                        "hold itself.")
        if isinstance(node, yaml.MappingNode):
            _refuse_twice(path, node)
            waiting += [(value, depth + 1) for _, value in reversed(node.value)]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(item, depth + 1) for item in reversed(node.value)]
    raise Fault(f"{path.name} holds more than {_NODES:,} values, its aliases written out: keep it to what a person "
                "reads.")


def _refuse_twice(path: Path, node: yaml.MappingNode) -> None:
    seen: dict[str, int] = {}
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise Fault(f"{path.name}:{line}: a key must be a plain word: write the recipe in plain YAML.")
        if key.value in seen:
            raise Fault(f"{path.name}:{line}: key `{key.value}` stands twice (first in line {seen[key.value]}): "
                        "keep one of them.")
        seen[str(key.value)] = line


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
