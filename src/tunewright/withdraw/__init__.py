"""Withdrawal: from a person to every record, model and release that came of them, and what is done about it."""

from tunewright.withdraw.expire import Expired, erase_expired
from tunewright.withdraw.reach import Reach, reach
from tunewright.withdraw.verify import erasures, verify
from tunewright.withdraw.withdraw import Answers, Withdrawal, withdraw

__all__ = ["Answers", "Expired", "Reach", "Withdrawal", "erase_expired", "erasures", "reach", "verify", "withdraw"]
