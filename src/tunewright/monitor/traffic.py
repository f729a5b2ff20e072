"""What a release's answers took: tokens, cost and seconds. The seconds are counted in steps of one hundredth, so that
memory does not grow with traffic and a quantile is right to one per cent.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_STEP = math.log(1.01)
_LEAST = 1e-6  # seconds
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass
class Traffic:
    """One release's answers so far. Shadows and failures took nothing that a user waited for."""

    answers: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    _seconds: Counter[int] = field(default_factory=Counter)

    def take(self, record: Mapping[str, Any]) -> None:
        """Add one answer's audit record."""
        self.answers += 1
        self.tokens_in += record.get("tokens_in", 0)
        self.tokens_out += record.get("tokens_out", 0)
        self.cost += record.get("cost", 0.0)
        self._seconds[math.ceil(math.log(max(record["seconds"], _LEAST) / _LEAST) / _STEP)] += 1

    def quantile(self, share: float) -> float | None:
        """Seconds that at least this share of the answers did not exceed, to one per cent; None without answers."""
        need = math.ceil(share * self.answers)
        for step in sorted(self._seconds):
            need -= self._seconds[step]
            if need <= 0:
                return _LEAST * math.exp(step * _STEP)
        return None

    def told(self) -> dict[str, Any]:
        """As evidence: answers, tokens, cost, and seconds at p50, p95 and p99."""
        figures = {name: self.quantile(share) for name, share in SHARES.items()}
        return {"answers": self.answers, "tokens_in": self.tokens_in, "tokens_out": self.tokens_out,
                "cost": round(self.cost, 9),
                "seconds": {name: None if value is None else round(value, 6) for name, value in figures.items()}}
