"""Withdrawal: from a person to every record, model and release that came of them, and what is done about it."""

from tunewright.withdraw.reach import Reach, reach
from tunewright.withdraw.verify import erasures, verify
from tunewright.withdraw.withdraw import Withdrawal, withdraw

__all__ = ["Reach", "Withdrawal", "erasures", "reach", "verify", "withdraw"]
