"""The reward model of a phase before, opened to judge answers."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from tunewright.base import Base, load_model, load_tokenizer, quiet_peft
from tunewright.core.store import Store
from tunewright.engine.chat import Chat
from tunewright.engine.lines import Line
from tunewright.engine.own import CONFIG
from tunewright.train.join import Start
from tunewright.train.objectives import Judge, classifier

_BATCH = 32


@contextmanager
def opened(start: Start, store: Store) -> Iterator[Judge | None]:
    """The reward model that the phase learns from; None if it learns from none."""
    if start.judge is None:
        yield None
        return
    device = "cuda" if torch.cuda.is_available() else "cpu"
    pad_id = Chat(load_tokenizer(start.base)).pad_id
    with tempfile.TemporaryDirectory() as temporary:
        folder = store.get_folder(start.judge.files, Path(temporary))
        model = load(start.base, folder, pad_id).to(device)
    yield lambda lines: worth(model, lines, pad_id)


def load(base: Base, folder: Path, pad_id: int) -> Any:
    """The reward model in `folder`: a whole one, or an adapter over `base`."""
    from peft import PeftModel
    from transformers import AutoModelForSequenceClassification

    if not (folder / CONFIG).exists():
        return AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True).eval()
    with quiet_peft():
        return PeftModel.from_pretrained(classifier.over(load_model(base), pad_id), folder).eval()


@torch.no_grad()
def worth(model: Any, lines: Sequence[Line], pad_id: int) -> list[float]:
    """What each line is worth, in the reward model's units."""
    found: list[float] = []
    for start in range(0, len(lines), _BATCH):
        part = lines[start:start + _BATCH]
        ids = torch.nn.utils.rnn.pad_sequence([line.ids for line in part], True, pad_id)
        # Only the padding is hidden: a padding token inside a line would be taken for its end.
        real = torch.nn.utils.rnn.pad_sequence([torch.ones_like(line.ids) for line in part], True, 0)
        found += model(input_ids=ids.to(model.device), attention_mask=real.to(model.device)).logits[:, 0].tolist()
    return found
