"""lm-eval's side of `bench/eval.py`; run by lm-eval's own interpreter: its Hugging Face backend on the same requests.

    python bench/eval_lm_eval.py FOLDER loglikelihood-32|generation-16
"""

import json
import sys
import time
from pathlib import Path

import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM


def main() -> None:
    """Answer the requests in FOLDER, keep the answers there, and print what it took."""
    folder, (what, batch) = Path(sys.argv[1]), sys.argv[2].split("-")
    torch.set_num_threads(1)
    asked = json.loads((folder / f"{what}.json").read_text())
    model = HFLM(pretrained=str(folder / "base"), device="cpu", dtype="float32", batch_size=int(batch))
    kind = "loglikelihood" if what == "loglikelihood" else "generate_until"
    requests = [Instance(request_type=kind, doc={}, arguments=tuple(one), idx=at) for at, one in enumerate(asked)]
    clock, computed = time.perf_counter(), time.process_time()
    found = getattr(model, kind)(requests, disable_tqdm=True)
    took = {"clock": time.perf_counter() - clock, "cpu": time.process_time() - computed}
    (folder / f"{what}_theirs.json").write_text(json.dumps(found))
    print(json.dumps(took))


if __name__ == "__main__":
    main()
