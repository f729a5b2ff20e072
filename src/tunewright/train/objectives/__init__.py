"""What is optimised: `encode` turns examples into rows, `batch` rows into tensors, `loss` tensors into a number."""

from tunewright.train.objectives.sft import Sft

KINDS = {"sft": Sft}
