"""The user's functions as tools: described by their types and docstrings, called with what a model wrote."""

from pathlib import Path

import pytest

from tunewright.core.errors import Fault
from tunewright.evaluate.arms.functions import result, tools

FILE = '''
"""Functions of a bank."""
from datetime import date


def fee(amount: float, country: str = "DE") -> float:
    """The fee of a transfer, in euros.

    Nobody but us reads this.
    """
    if amount < 0:
        raise ValueError("an amount is not negative")
    return 0.0 if country == "DE" else round(amount * 0.01, 2)


def opening(day: str) -> dict:
    """When the branch is open on a day."""
    return {"day": day, "open": date(2026, 1, 1)}


def _hidden(value: int) -> int:
    return value
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bank.py"
    path.write_text(FILE)
    return path


def test_public_functions_and_the_calculator_are_tools(file: Path) -> None:
    found = tools(file)
    assert list(found) == ["calculator", "fee", "opening"]
    described = found["fee"].described["function"]
    assert described["description"] == "The fee of a transfer, in euros."
    assert described["parameters"] == {"type": "object", "required": ["amount"], "properties": {
        "amount": {"type": "number"}, "country": {"type": "string"}}}
    assert list(tools(None)) == ["calculator"]


def test_a_result_is_text_and_what_a_function_raises_is_told_to_the_model(file: Path) -> None:
    found = tools(file)
    assert result(found["fee"], {"amount": 250, "country": "US"}) == "2.5"
    assert result(found["opening"], {"day": "Monday"}) == '{"day": "Monday", "open": "2026-01-01"}'
    assert result(found["fee"], {"amount": -1}) == "error: an amount is not negative"
    assert result(found["fee"], {"sum": 1}).startswith("error: fee() got an unexpected keyword argument")
    assert result(found["calculator"], {"expression": "6 * 7"}) == "42"
    assert result(found["calculator"], {"expression": "import os"}) == "error: this is no arithmetic"
    assert result(found["calculator"], {"expression": 3}).startswith("error: ")


@pytest.mark.parametrize(("content", "told"), [
    ("def f(a: int) -> int:\n    return a\n", "function f has no docstring"),
    ("def f(a) -> int:\n    'Add.'\n    return a\n", "parameter a needs a type that JSON has"),
    ("def f(*a: int) -> int:\n    'Add.'\n    return 1\n", "parameter a needs a type"),
    ("x = 1\n", "defines no function"),
    ("def f(:\n", r"cannot be run \(SyntaxError"),
    ("raise RuntimeError('no')\n", r"cannot be run \(RuntimeError: no\)")])
def test_a_file_that_cannot_be_used_is_a_fault(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "f.py"
    path.write_text(content)
    with pytest.raises(Fault, match=told):
        tools(path)
