"""A calculator for language models: arithmetic by a parser of its own, so that nothing a model writes is ever run."""

import ast
import math
import operator
from collections.abc import Callable

Number = int | float

_LONGEST = 200  # characters of an expression
_LARGEST = 10**100
_TWO: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow}
_ONE: dict[type[ast.unaryop], Callable[[Number], Number]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_CALLS: dict[str, Callable[..., Number]] = {"abs": abs, "ceil": math.ceil, "floor": math.floor, "max": max, "min": min,
                                            "round": round, "sqrt": math.sqrt}


def calculator(expression: str) -> str:
    """Work out arithmetic such as `(12 + 7) * 3 / 2`, `2 ** 10` or `sqrt(2)`.

    Knows + - * / // % **, brackets, and abs, ceil, floor, max, min, round, sqrt. Raises ValueError for anything else,
    and for a figure beyond 1e100.
    """
    if len(expression) > _LONGEST:
        raise ValueError(f"an expression has at most {_LONGEST} characters")
    try:
        tree = ast.parse(expression.strip().replace("^", "**").replace("×", "*").replace("÷", "/"), mode="eval")
        value = _value(tree.body)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError("this is no arithmetic") from error
    except (ArithmeticError, TypeError) as error:
        raise ValueError(str(error)) from error
    return str(value) if isinstance(value, int) else f"{value:.12g}"


def _value(node: ast.expr) -> Number:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _bounded(value)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _TWO:
            return _bounded(_two(type(op), _value(left), _value(right)))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _ONE:
            return _ONE[type(op)](_value(operand))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _CALLS:
            return _bounded(_CALLS[name](*map(_value, args)))
    raise ValueError("this is no arithmetic")


def _two(op: type[ast.operator], left: Number, right: Number) -> Number:
    """A power is refused before it is worked out: the digits of 9 ** 9 ** 9 would fill the memory."""
    if op is ast.Pow and abs(left) > 1 and abs(right) * math.log10(abs(left)) > 100:
        raise ValueError("a figure is beyond 1e100")
    return _TWO[op](left, right)


def _bounded(value: Number) -> Number:
    if isinstance(value, complex) or not abs(value) <= _LARGEST:
        raise ValueError("a figure is beyond 1e100, or none")
    return value
