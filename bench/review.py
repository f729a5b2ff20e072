"""How often does a review let drafts be used that are not good enough, and how often those that are?

Drafts of several strata, of which a known share is right, are sampled as `tunewright review` samples them, decided on
without error and judged. Beside it stands the usual rule: use the rest if the share accepted in the sample is at least
the bound. Rates just below the bound are the hard case. Prints a line for each rate and, last, one JSON line.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence

import numpy as np

from tunewright.data.drafts.sample import sampled
from tunewright.data.readers.review_file import Draft, Drafts, Head, name, standing

STRATA = 12


def outcome(accepted: int, sample: int, drafts: int, bound: float) -> str:
    """What a review says of a sample of which so many are accepted."""
    made = [Draft(name({"text": str(at)}, {}), {"text": str(at)}, sampled=at < sample,
                  decision=None if at >= sample else "accept" if at < accepted else "reject") for at in range(drafts)]
    return standing(Drafts(Head("synthetic", "", drafts, drafts, sample, bound), tuple(made))).outcome


def good(rate: float, sizes: Sequence[int], uneven: bool) -> list[int]:
    """How many drafts of each stratum are right: the same share of each, or the wrong ones in as few as can be."""
    wrong = round((1 - rate) * sum(sizes))
    if not uneven:
        shares = np.cumsum([wrong * size / sum(sizes) for size in sizes])
        return [size - int(round(b) - round(a)) for size, a, b in zip(sizes, [0, *shares[:-1]], shares, strict=True)]
    left = []
    for size in sizes:
        left.append(size - min(size, wrong))
        wrong -= min(size, wrong)
    return left


def used(rate: float, sizes: Sequence[int], taken: Sequence[int], passes: Sequence[bool], uneven: bool, trials: int,
         rng: np.random.Generator) -> float:
    """The share of trials in which the rest is used."""
    right = sum(rng.hypergeometric(count, size - count, some, trials)
                for count, size, some in zip(good(rate, sizes, uneven), sizes, taken, strict=True))
    counts = Counter(np.asarray(right).tolist())
    return sum(times for count, times in counts.items() if passes[count]) / trials


def main() -> None:
    """Simulate and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drafts", type=int, default=2000, help="drafts of a source (default 2000)")
    parser.add_argument("--sample", type=int, default=100, help="drafts that are looked at (default 100)")
    parser.add_argument("--bound", type=float, default=0.9, help="share to be accepted at least (default 0.9)")
    parser.add_argument("--trials", type=int, default=100_000, help="trials of each rate (default 100000)")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    strata = rng.choice(STRATA, asked.drafts, p=np.arange(1, STRATA + 1) / sum(range(1, STRATA + 1)))
    drafts = sampled([Draft(f"{at:016x}", stratum=str(stratum)) for at, stratum in enumerate(strata)], asked.sample)
    sizes = [sum(one.stratum == str(at) for one in drafts) for at in range(STRATA)]
    taken = [sum(one.stratum == str(at) and one.sampled for one in drafts) for at in range(STRATA)]
    ours = [outcome(count, asked.sample, asked.drafts, asked.bound) == "pass" for count in range(asked.sample + 1)]
    usual = [count >= asked.bound * asked.sample for count in range(asked.sample + 1)]
    worst = {"ours": 0.0, "usual": 0.0}
    found: dict[str, float] = {}
    print(f"{'rate':>6}  {'wrong ones':<10}  {'used: review':>12}  {'by the plain share':>18}")
    for rate in (asked.bound - 0.1, asked.bound - 0.05, asked.bound - 0.02, asked.bound - 0.001, asked.bound + 0.05,
                 asked.bound + 0.08):
        for uneven in (False, True):
            shares = [used(rate, sizes, taken, passes, uneven, asked.trials, rng) for passes in (ours, usual)]
            print(f"{rate:6.3f}  {'in few' if uneven else 'everywhere':<10}  {shares[0]:12.4f}  {shares[1]:18.4f}")
            if rate < asked.bound:
                worst = {"ours": max(worst["ours"], shares[0]), "usual": max(worst["usual"], shares[1])}
            else:
                key = f"used_at_{rate:.2f}"
                found[key] = min(found.get(key, 1.0), round(shares[0], 4))
    print(json.dumps({"wrongly_used": round(worst["ours"], 4), "by_plain_share": round(worst["usual"], 4), **found,
                      "needed": ours.index(True), "sample": asked.sample, "bound": asked.bound}))


if __name__ == "__main__":
    main()
