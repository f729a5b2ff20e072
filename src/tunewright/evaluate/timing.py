"""What answers take: seconds, tokens a second, and money; of every suite whose answers are written."""

from tunewright.core.items import Measure
from tunewright.evaluate.answers import Answer
from tunewright.evaluate.suites import KINDS
from tunewright.recipe import EvaluateSpec
from tunewright.recipe.evaluate import TIMINGS, PricesSpec

_HERE: dict[str, Measure | None] = {
    name: Measure("ratio", "tokens", settings={"per": "busy"}) if name == "tokens_per_second" else None
    for name in TIMINGS}
"""Tokens a second are the machine's: all that were written, by the seconds in which it wrote them. The others are
measured as their names say."""


def measures(spec: EvaluateSpec) -> dict[str, Measure | None]:
    """The metrics of a spec's suites, each with how it is measured; without prices there is no cost."""
    priced = any(price is not None for price in spec.prices.model_dump().values())
    return {f"{suite}/{name}": how for suite in spec.suites if KINDS[suite].answers is None
            for name, how in _HERE.items() if priced or name != "cost_per_1000"}


def scores(answer: Answer, prices: PricesSpec, arm: str) -> dict[str, float]:
    """What one answer took: `seconds`, `tokens` written, `busy` seconds of the machine, `cost_per_1000` such answers.

    Nothing of an answer that was never asked for. Seconds are those of answers asked alone, if some were.
    """
    found = {} if answer.seconds is None else {"seconds": answer.seconds}
    if not answer.busy:
        return found
    found |= {"tokens": float(answer.tokens_out or 0), "busy": answer.busy}
    cost = _cost(answer, prices, arm)
    return found if cost is None else {**found, "cost_per_1000": 1000 * cost}


def _cost(answer: Answer, prices: PricesSpec, arm: str) -> float | None:
    """A machine of ours is paid by the hour, if that has a price; an endpoint always by the token."""
    if prices.hour is not None and arm != "endpoint":
        return prices.hour * (answer.busy or 0.0) / 3600
    if prices.input is None and prices.output is None:
        return None
    return ((prices.input or 0.0) * (answer.tokens_in or 0) + (prices.output or 0.0) * (answer.tokens_out or 0)) / 1e6
