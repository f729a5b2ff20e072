"""TRL's side of bench/train.py, run by TRL's own interpreter: one training run over the rows of a folder.

    python bench/train_trl.py FOLDER padded|bfd

FOLDER holds the base (`base/`), `rows.json` (records in the order of their steps: token ids, labels) and
`settings.json`. The adapter goes to FOLDER/MODE; the last line printed is JSON: seconds by the clock and of computing.
"""

import json
import sys
from pathlib import Path

from datasets import Dataset
from peer_side import FASTEST, adapted, measure, settings_of
from transformers import AutoTokenizer
from trl import SFTConfig, SFTTrainer


def trainer(folder: Path, mode: str) -> SFTTrainer:
    """A trainer at the fastest settings that this machine takes: no padding to multiples, and records of like length
    in one batch (they come so ordered)."""
    settings = settings_of(folder)
    # Attention over one pack of a whole long step costs more than the packing saves, so that is cut into four.
    pieces = 1 if settings["step_tokens"] <= 4096 else 4
    packed = {"packing": True, "packing_strategy": "bfd", "per_device_train_batch_size": 1,
              "gradient_accumulation_steps": pieces, "max_length": round(1.02 * settings["step_tokens"] / pieces)}
    padded = {"per_device_train_batch_size": settings["batch"], "max_length": None}
    config = SFTConfig(output_dir=str(folder / "trainer"), learning_rate=settings["rate"],
                       warmup_steps=settings["warmup"], **FASTEST, **(packed if mode == "bfd" else padded))
    rows = Dataset.from_dict(json.loads((folder / "rows.json").read_text()))
    return SFTTrainer(adapted(folder), config, train_dataset=rows,
                      processing_class=AutoTokenizer.from_pretrained(folder / "base"))


if __name__ == "__main__":
    where, how = Path(sys.argv[1]), sys.argv[2]
    measure(trainer(where, how), where / how)
