"""From items to a report's metrics and differences, and to the lines a person reads."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tunewright.core.items import About, Item, Measure
from tunewright.core.records import Difference, Metric
from tunewright.recipe import EvaluateSpec
from tunewright.recipe.evaluate import TIMINGS

if TYPE_CHECKING:
    from tunewright.evaluate.suite import Ground

_TAKEN = ("task/latency_p95", "task/cost_per_1000")  # of what answers take, the terminal names these
_WIDE = 104  # columns of a line, without the stage's name and its seconds


def metric_names(spec: EvaluateSpec) -> tuple[str, ...]:
    """Every metric that a report of this spec can hold, e.g. `task/exact`, before anything is run."""
    return tuple(measures(spec))


def measures(spec: EvaluateSpec, ground: "Ground | None" = None) -> dict[str, Measure | None]:
    """How each of these is measured; None: as its name says. Without `ground`, what is named after the data (a metric
    for each label) is one pattern, `task/f1/*`."""
    from tunewright.evaluate import timing
    from tunewright.evaluate.suites import KINDS

    told = {f"{suite}/{name}": how for suite in spec.suites for name, how in KINDS[suite].metrics(spec).items()}
    if ground is not None:
        told = {name: how for name, how in told.items() if "*" not in name}
        told |= {f"{suite}/{name}": how for suite in spec.suites if (named := KINDS[suite].named)
                 for name, how in named(ground).items()}
    return told | timing.measures(spec)


def metrics(items: Sequence[Item], arms: Sequence[str], about: About) -> list[Metric]:
    """The figure of every arm on every metric it has items for."""
    from tunewright.stats import measure

    found = []
    for name in about.names:
        for arm in arms:
            estimate = measure.figure(measure.select(items, name, arm, about), name, about)
            if estimate:
                low, high = _finite(estimate.low, estimate.high, estimate.value)
                found.append(Metric(name=name, arm=arm, value=estimate.value, low=low, high=high, n=estimate.n,
                                    higher_is_better=measure.higher_is_better(name, about)))
    return found


def differences(items: Sequence[Item], arms: Sequence[str], about: About, ours: str = "tuned") -> list[Difference]:
    """One arm less every other, on every metric that both have items for. What answers take is not compared, as arms
    may have been asked in different runs."""
    from tunewright.stats import measure

    found = []
    for name in about.names:
        if name.split("/", 1)[1] in TIMINGS:
            continue
        chosen = measure.select(items, name, ours, about)
        for arm in arms:
            if arm == ours:
                continue
            paired = measure.pairs(chosen, measure.select(items, name, arm, about))
            estimate = measure.difference(paired, name, about)
            if estimate:
                low, high = _finite(estimate.low, estimate.high, estimate.value)
                found.append(Difference(name=name, arm=ours, against=arm, value=estimate.value, low=low,
                                        high=high, n=estimate.n))
    return found


def lines(found: Sequence[Metric], gaps: Sequence[Difference]) -> list[str]:
    """One line a metric: every arm, then tuned less base. Of a suite those that it wants told."""
    from tunewright.evaluate.suites import KINDS

    def told(name: str) -> bool:
        suite, scorer = name.split("/", 1)
        return name in _TAKEN if scorer in TIMINGS else not KINDS[suite].told or scorer in KINDS[suite].told

    cells = {(metric.name, metric.arm): f"{metric.arm} {_shown(metric)}" for metric in found}
    names = [name for name in dict.fromkeys(metric.name for metric in found) if told(name)]
    arms = list(dict.fromkeys(metric.arm for metric in found))
    wide = {arm: max((len(cells.get((name, arm), "")) for name in names), default=0) for arm in arms}
    label = max((len(name) for name in names), default=0)
    return [_folded(f"{name:<{label}}  ", [*_row(name, cells, wide), _gap(name, gaps)]) for name in names]


def decimal(value: float) -> str:
    """Two decimals without the leading nought: .87, 1.00, −.03."""
    text = f"{abs(value):.2f}"
    sign = "−" if value < 0 and float(text) else ""
    return sign + (text[1:] if text.startswith("0.") else text)


def _shown(metric: Metric) -> str:
    """Shares with two decimals; seconds and money with two digits that say something."""
    return f"{metric.value:.2g}" if metric.name.split("/", 1)[1] in TIMINGS else decimal(metric.value)


def _row(name: str, cells: dict[tuple[str, str], str], wide: dict[str, int]) -> list[str]:
    """The arms' cells, as wide as those above and below, a dot after one that is there and not the last."""
    row = []
    for arm, width in wide.items():
        cell = cells.get((name, arm), "")
        row.append(f"{cell:<{width}}" + (" · " if cell and arm != list(wide)[-1] else "   "))
    return row


def _folded(head: str, cells: Sequence[str]) -> str:
    """The cells behind the head; many arms take further lines, all of them folded at the same one."""
    lines = [head]
    for cell in cells:
        if len(lines[-1]) + len(cell.rstrip()) > _WIDE:
            lines.append(" " * len(head))
        lines[-1] += cell
    return "\n".join(line.rstrip() for line in lines)


def _gap(name: str, gaps: Sequence[Difference]) -> str:
    gap = next((gap for gap in gaps if gap.name == name and gap.against == "base"), None)
    if gap is None:
        return ""
    sign = "+" if gap.value >= 0 else ""
    return f"{sign}{decimal(gap.value)} (95 % {decimal(gap.low)} to {decimal(gap.high)})"


def _finite(low: float, high: float, value: float) -> tuple[float, float]:
    """An interval that a record can hold: an end that nothing bounds (one item's loss) is drawn at ±1,000."""
    return max(low, min(value, -1000.0)), min(high, max(value, 1000.0))
