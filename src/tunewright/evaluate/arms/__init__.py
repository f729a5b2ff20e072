"""Every arm by its name. Importing this imports no torch."""

from pathlib import Path

from tunewright.evaluate.arms import endpoint, retrieval, tools
from tunewright.evaluate.arms.arm import Arm
from tunewright.evaluate.arms.models import BASE, LIVE, TUNED
from tunewright.evaluate.arms.prompted import PROMPTED
from tunewright.recipe import EvaluateSpec

KINDS: dict[str, Arm] = {
    "base": BASE,
    "prompted": PROMPTED,
    "retrieval": retrieval.RETRIEVAL,
    "tools": tools.TOOLS,
    "endpoint": endpoint.ENDPOINT,
    "live": LIVE,
    "tuned": TUNED,
}
"""Arms by the name that `evaluate.arms` gives them, in the order in which they are asked and told."""


def reads(spec: EvaluateSpec, folder: Path) -> dict[str, object]:
    """What arms read beside the dataset, so that a changed file is another evaluation. Raises Fault."""
    known = {"retrieval": retrieval.reads, "tools": tools.reads}
    return {arm: read(spec, folder) for arm, read in known.items() if arm in spec.arms}


def check(spec: EvaluateSpec, folder: Path) -> None:
    """Raises Fault for an arm that could not answer: found out now, not after an hour of training."""
    known = {"retrieval": retrieval.check, "tools": tools.check, "endpoint": endpoint.check}
    for arm in spec.arms:
        if arm in known:
            known[arm](spec, folder)
