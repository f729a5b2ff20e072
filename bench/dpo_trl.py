"""TRL's side of bench/dpo.py, run by TRL's own interpreter: one DPO run over the pairs of a folder.

    python bench/dpo_trl.py FOLDER live|precomputed

FOLDER holds the base (`base/`), `pairs.json` (prompt, chosen and rejected as messages, in the order of their steps)
and `settings.json`. `live` computes the reference in every step, `precomputed` once before the first: that is part of
the time. The adapter goes to FOLDER/MODE; the last line printed is JSON: seconds by the clock and of computing.
"""

import json
import sys
import time
from pathlib import Path

from datasets import Dataset
from peer_side import FASTEST, adapted, measure, settings_of
from transformers import AutoTokenizer
from trl import DPOConfig, DPOTrainer


class Timed(DPOTrainer):
    """Counts the time of the reference pass, which the constructor makes."""

    took: dict[str, float]

    def _precompute_ref_logps(self, *arguments, **named):
        before = time.perf_counter(), time.process_time()
        found = super()._precompute_ref_logps(*arguments, **named)
        self.took = {"clock": time.perf_counter() - before[0], "cpu": time.process_time() - before[1]}
        return found


def trainer(folder: Path, mode: str) -> Timed:
    """A trainer at the fastest settings that this machine takes."""
    settings = settings_of(folder)
    config = DPOConfig(
        output_dir=str(folder / "trainer"), per_device_train_batch_size=settings["batch"],
        learning_rate=settings["rate"], warmup_steps=0, beta=settings["beta"], max_length=settings["length"],
        precompute_ref_log_probs=mode == "precomputed", **FASTEST)
    pairs = Dataset.from_list(json.loads((folder / "pairs.json").read_text()))
    return Timed(adapted(folder), args=config, train_dataset=pairs,
                 processing_class=AutoTokenizer.from_pretrained(folder / "base"))


if __name__ == "__main__":
    where, how = Path(sys.argv[1]), sys.argv[2]
    side = trainer(where, how)
    measure(side, where / how, getattr(side, "took", None))
