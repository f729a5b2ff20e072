"""How long a record may be kept: its first forbidden day, from the day it was collected and the time it may stay."""

from calendar import monthrange
from datetime import date, timedelta


def expires(collected: date, retention: str) -> date:
    """The first day on which a record collected then may no longer be used. `retention` is such as `90d`, `6m`, `2y`.

    A month or year ends on the same day of the month; where a month is too short for it, on its last day. A day
    beyond the calendar is its last one.
    """
    count, unit = int(retention[:-1]), retention[-1]
    if unit == "d":
        left = (date.max - collected).days
        return collected + timedelta(days=min(count, left))
    months = collected.year * 12 + collected.month - 1 + count * {"m": 1, "y": 12}[unit]
    year, month = months // 12, months % 12 + 1
    if year > date.max.year:
        return date.max
    return date(year, month, min(collected.day, monthrange(year, month)[1]))
