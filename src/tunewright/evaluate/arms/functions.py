"""Functions as tools: the calculator, and those of the Python file that a recipe names."""

import importlib.util
import inspect
import json
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.evaluate.arms.calculator import calculator

_TYPES: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", list: "array",
                          dict: "object"}
_SHOWN = 2000  # characters of a result that the model is shown


@dataclass(frozen=True)
class Tool:
    """A function that a model may call. `described` is its description in OpenAI's shape."""

    name: str
    described: dict[str, Any]
    function: Callable[..., Any]


def tools(functions: Path | None) -> dict[str, Tool]:
    """The calculator and every public function of a file, by name. The file is run. Raises Fault if it cannot be, or
    holds no function with types and a docstring."""
    found: list[Callable[..., Any]] = [calculator, *(_public(functions) if functions else ())]
    return {function.__name__: Tool(function.__name__, describe(function), function) for function in found}


def describe(function: Callable[..., Any]) -> dict[str, Any]:
    """A function in OpenAI's shape, from its docstring's first paragraph and the types of its parameters.

    Raises Fault for a parameter without a type that JSON has, or a function without a docstring.
    """
    name = function.__name__
    told = (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")
    if not told:
        raise Fault(f"function {name} has no docstring, so a model cannot know what it is for: write one sentence.")
    hints = typing.get_type_hints(function)
    properties: dict[str, Any] = {}
    required = []
    for parameter in inspect.signature(function).parameters.values():
        properties[parameter.name] = {"type": _type(name, parameter, hints.get(parameter.name))}
        if parameter.default is inspect.Parameter.empty:
            required.append(parameter.name)
    parameters = {"type": "object", "properties": properties, "required": required}
    return {"type": "function", "function": {"name": name, "description": told, "parameters": parameters}}


def result(tool: Tool, arguments: Mapping[str, Any]) -> str:
    """What a call gives back, as text; what it raises is told to the model, which may try again."""
    try:
        value = tool.function(**arguments)
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    except Exception as error:  # noqa: BLE001 - the user's function, called with whatever a model wrote
        text = f"error: {str(error) or type(error).__name__}"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " …"


def _public(path: Path) -> list[Callable[..., Any]]:
    """The functions that a file defines itself, in their order."""
    module = _run(path)
    found: list[Callable[..., Any]] = [
        value for name, value in vars(module).items()
        if not name.startswith("_") and inspect.isfunction(value) and value.__module__ == module.__name__]
    if not found:
        raise Fault(f"evaluate.tools.functions: {path.name} defines no function: write one with types and a docstring.")
    return found


def _run(path: Path) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("functions_of_the_recipe", path)
    if spec is None or spec.loader is None:
        raise Fault(f"evaluate.tools.functions: {path} is no Python file: give one that ends in .py.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise Fault(f"evaluate.tools.functions: {path.name} cannot be run ({type(error).__name__}: {error}): "
                    "mend the file.") from error
    return module


def _type(function: str, parameter: inspect.Parameter, hint: Any) -> str:
    known = _TYPES.get(typing.get_origin(hint) or hint)
    if known is None or parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
        raise Fault(f"function {function}: parameter {parameter.name} needs a type that JSON has "
                    f"({', '.join(one.__name__ for one in _TYPES)}): annotate it.")
    return known
