"""Axes: which span a chart shows, where its round ticks lie, and how figures are written on it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

MINUS = "\N{MINUS SIGN}"
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0, 20.0)
_LEAST = 1e-9  # a smaller span is no span


@dataclass(frozen=True)
class Axis:
    """A linear span from the first tick to the last."""

    ticks: tuple[float, ...]

    @property
    def low(self) -> float:
        """Left or lower end, in the data's unit."""
        return self.ticks[0]

    @property
    def high(self) -> float:
        """Right or upper end, in the data's unit."""
        return self.ticks[-1]

    def share(self, value: float) -> float:
        """Where `value` lies, from 0 (low end) to 1 (high end); values outside are held at the ends."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def at(self, value: float) -> str:
        """`share` as an SVG percentage from the left."""
        return f"{100 * self.share(value):.2f}%"

    def up(self, value: float) -> str:
        """`share` as an SVG percentage from the top, for axes that grow upward."""
        return f"{100 - 100 * self.share(value):.2f}%"


def spanning(values: Iterable[float], most: int = 5) -> Axis:
    """An axis of at most `most` round intervals that holds zero and all of `values`."""
    held = [0.0, *values]
    low, high = min(held), max(held)
    if high - low < _LEAST:
        high = low + 1.0
    rough = (high - low) / most
    power: float = 10.0 ** math.floor(math.log10(rough))
    for step in (factor * power for factor in _STEPS):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first <= most:
            break
    return Axis(tuple(round(index * step, 12) for index in range(first, last + 1)))


def counting(last: float, most: int = 6) -> Axis:
    """An axis from 0 to exactly `last` (steps, records), with whole round ticks below it."""
    if last <= 1:
        return Axis((0.0, 1.0))
    step = next(size for size in (factor * 10.0 ** power for power in range(18) for factor in (1, 2, 5))
                if last / size <= most)
    ticks = [index * step for index in range(math.ceil(last / step))]
    if len(ticks) > 1 and last - ticks[-1] < step / 2:
        ticks.pop()  # its label would run into the last one
    return Axis((*ticks, float(last)))


def places(values: Iterable[float]) -> int:
    """How many decimals figures of this size are worth: three below 10, one below 1,000, else none."""
    largest = max((abs(value) for value in values), default=0.0)
    return 3 if largest < 10 else 1 if largest < 1000 else 0


def figure(value: float, decimals: int) -> str:
    """`value` with thousands commas and a true minus sign; never a negative zero."""
    text = f"{abs(value):,.{decimals}f}"
    negative = value < 0 and any(digit in "123456789" for digit in text)
    return f"{MINUS}{text}" if negative else text


def signed(value: float, decimals: int) -> str:
    """`figure` with its sign always written, except for zero."""
    text = figure(value, decimals)
    positive = value > 0 and any(digit in "123456789" for digit in text)
    return f"+{text}" if positive else text


def tick(value: float) -> str:
    """The shortest text of a tick: 0.25, 1,000, −2.5."""
    text = f"{abs(value):,.6f}".rstrip("0").rstrip(".")
    return f"{MINUS}{text}" if value < 0 else text


def compact(value: float) -> str:
    """A count for a glance: 412, 31.2 k, 5.1 M, 1.24 G."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            scaled = value / (1e3 if unit == "k" else size)
            return f"{scaled:.3g}\N{NO-BREAK SPACE}{unit}" if scaled < 1000 else f"{scaled:.0f}\N{NO-BREAK SPACE}{unit}"
    return f"{value:,.0f}"


def duration(seconds: float) -> str:
    """Wall time for a glance: 4.2 s, 97 s, 12 min 5 s, 3 h 20 min."""
    space = "\N{NO-BREAK SPACE}"
    if seconds < 100:
        return f"{seconds:.1f}{space}s" if seconds < 10 else f"{seconds:.0f}{space}s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}{space}min {whole % 60}{space}s"
    return f"{whole // 3600}{space}h {whole % 3600 // 60}{space}min"
