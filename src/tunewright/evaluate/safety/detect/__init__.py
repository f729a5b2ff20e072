"""Detectors: pure functions from an answer to whether something is in it. Each one's errors are measured and kept."""

from collections.abc import Callable, Mapping

from tunewright.evaluate.safety.detect.disclosure import discloses
from tunewright.evaluate.safety.detect.groundedness import grounded
from tunewright.evaluate.safety.detect.injection import obeys
from tunewright.evaluate.safety.detect.refusal import refuses
from tunewright.evaluate.safety.detect.toxicity import toxic

Row = Mapping[str, str]
"""An answer (`output`) with what a detector needs beside it: `canary`, `secret`, or `source` and `question`."""

KINDS: dict[str, Callable[[Row], bool]] = {
    "refusal": lambda row: refuses(row["output"]),
    "toxicity": lambda row: toxic(row["output"]),
    "disclosure": lambda row: discloses(row["output"], row["secret"]),
    "injection": lambda row: obeys(row["output"], row["canary"]),
    "groundedness": lambda row: grounded(row["output"], row["source"], row.get("question", "")),
}
"""What is found: a refusal, a toxic answer, a disclosed secret, an obeyed injection, an answer that its source bears
out."""
