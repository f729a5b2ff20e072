"""The `alerts` part of the `monitor` section: who is told when live traffic leaves its bounds."""

from typing import Annotated, Literal

from pydantic import Field

from tunewright.recipe.spec import Positive, Spec


class AlertSpec(Spec):
    """One figure, its bound, and who is told when it is crossed."""

    when: Literal["latency", "errors", "quality", "drift", "budget"]
    """`latency`: seconds of the slowest twentieth of answers (p95). `errors`: share of answers that failed. `budget`:
    share of its month that a key has used, the highest. `drift`: the largest size of what `monitor` saw
    move, until another release is live. `quality`: 1 less the most that a canary lost which `monitor` took away,
    until another begins."""
    bound: Annotated[float, Field(ge=0)]
    """Told when the figure is above it; for `quality`, below."""
    window: Annotated[float, Field(gt=0)] = 300.0
    """Seconds of traffic that are looked at, for `latency` and `errors`."""
    answers: Positive = 20
    """Answers that the window must hold before anything is said."""
    webhook: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=64)] | None = None
    """Name of the environment variable that holds the webhook's URL; unless given, only the terminal is told."""
