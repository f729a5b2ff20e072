"""Which drafts a person looks at: a stratified sample that stays nearly the same when drafts come or go."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from tunewright.core.digest import digest_json
from tunewright.data.readers.review_file import Draft


def sampled(drafts: Sequence[Draft], size: int) -> tuple[Draft, ...]:
    """The drafts in their order, `size` of them (or all) marked, from each stratum in proportion.

    Proportional allocation by largest remainder; within a stratum those whose id has the smallest hash. Every draft is
    as likely to be drawn, so the plain share of the sample estimates that of all (Cochran, Sampling Techniques, 5.5).
    """
    strata: dict[str, list[str]] = defaultdict(list)
    for one in drafts:
        strata[one.stratum].append(one.id)
    chosen: set[str] = set()
    for name, count in _allocated({name: len(ids) for name, ids in strata.items()}, size).items():
        chosen.update(sorted(strata[name], key=_hash)[:count])
    return tuple(replace(one, sampled=one.id in chosen) for one in drafts)


def _allocated(sizes: dict[str, int], size: int) -> dict[str, int]:
    """How many of each stratum: whole parts first, then the largest remainders, ties by a hash of the name."""
    total = sum(sizes.values())
    if total <= size:
        return sizes
    exact = {name: size * count / total for name, count in sizes.items()}
    given = {name: int(value) for name, value in exact.items()}
    order = sorted(sizes, key=lambda name: (given[name] - exact[name], _hash(name)))
    for name in order[:size - sum(given.values())]:
        given[name] += 1
    return given


def _hash(text: str) -> str:
    return digest_json(["sample", text])
