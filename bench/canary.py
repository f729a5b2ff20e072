"""Canaries among simulated users: how often a worse one is taken away, how often an equal one, and after how long.

Users ask with different zeal (Pareto, shape 2.5); each has a level of their own, so that one user's
answers hang together. A share of answers gets feedback, good or bad. Who meets the canary is the gateway's own hash,
and the monitor's own code judges after every `--look` requests and takes the recipe's default steps. A trial ends when
the canary is live, taken away, or after `--most` requests. Last line: JSON.

    python bench/canary.py [--trials 200] [--feedback 0.3]
"""

import argparse
import json
import random
import statistics
from collections import Counter

from tunewright.monitor.judge import Window, judge
from tunewright.monitor.outcome import Outcome
from tunewright.monitor.steps import step
from tunewright.recipe import MonitorSpec
from tunewright.registry import Arm
from tunewright.serve.cohort import chosen, cohort, point

LIVE, CANARY = "desk@1", "desk@2"


def trial(seed: int, drop: float, asked: argparse.Namespace) -> tuple[str, int]:
    """How one canary that is worse by `drop` ends (`live`, `abort` or `hold`), and after how many requests."""
    dice, spec = random.Random(seed), MonitorSpec()
    users = [f"{seed}-{number}" for number in range(asked.users)]
    zeal = [dice.paretovariate(2.5) for _ in users]
    level = [min(1.0, max(0.0, dice.gauss(asked.quality, 0.1))) for _ in users]
    points = [point("desk", cohort("", user, None)) for user in users]
    share, window, at_share = spec.steps[0], Window(), 0
    order = dice.choices(range(asked.users), zeal, k=asked.most)
    for number, user in enumerate(order, 1):
        canary = chosen([Arm("canary", 2, share, False, "")], points[user]) is not None
        at_share += canary
        release = CANARY if canary else LIVE
        window.take([Outcome(release, "error", users[user], float(dice.random() < 0.002))])
        if dice.random() < asked.feedback:
            good = dice.random() < level[user] - drop * canary
            window.take([Outcome(release, "feedback", users[user], float(good))])
        if number % asked.look == 0:
            taken = step(spec, share, at_share, judge(window, CANARY, LIVE, spec.rules))
            if taken.move in ("live", "abort"):
                return taken.move, number
            if taken.move == "grow":
                share, at_share = taken.share, 0
    return "hold", asked.most


def main() -> None:
    """Try and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--quality", type=float, default=0.8, help="share of good answers of the live release")
    parser.add_argument("--drop", type=float, default=0.05, help="how much worse the worse canary is")
    parser.add_argument("--feedback", type=float, default=0.3, help="share of answers that somebody judges")
    parser.add_argument("--look", type=int, default=500, help="requests between two looks")
    parser.add_argument("--most", type=int, default=200_000, help="requests after which a trial ends")
    asked = parser.parse_args()
    ends: dict[str, list[tuple[str, int]]] = {}
    for kind, drop in (("worse", asked.drop), ("equal", 0.0)):
        ends[kind] = [trial(seed, drop, asked) for seed in range(asked.trials)]
        told = Counter(move for move, _ in ends[kind])
        print(f"{kind}: {dict(told)}, median of requests {statistics.median(count for _, count in ends[kind]):,.0f}",
              flush=True)
    caught, alarms = (sum(move == "abort" for move, _ in ends[kind]) / asked.trials for kind in ("worse", "equal"))
    print(json.dumps({
        "caught": round(caught, 4), "false_alarm": round(alarms, 4),
        "median_requests": statistics.median(count for move, count in ends["worse"] if move == "abort"),
        "equal_live": round(sum(move == "live" for move, _ in ends["equal"]) / asked.trials, 4),
        "median_requests_equal": statistics.median(count for _, count in ends["equal"]),
        "trials": asked.trials, "feedback": asked.feedback, "quality": asked.quality}))


if __name__ == "__main__":
    main()
