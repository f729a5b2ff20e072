"""Holm's correction: of several claims at once, which stand with the chance of any false one kept small."""

from collections.abc import Sequence

from tunewright.stats.estimate import TAIL


def holm(p_values: Sequence[float], tail: float = TAIL) -> list[bool]:
    """For each p-value, whether its claim stands: the smallest against `tail`/m, the next against `tail`/(m-1), …"""
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    stands = [False] * len(p_values)
    for rank, at in enumerate(order):
        if p_values[at] > tail / (len(order) - rank):
            break
        stands[at] = True
    return stands
