"""An adapter written into its base's own weights: a whole model that any engine runs without knowing of adapters."""

import tempfile
from pathlib import Path
from typing import Any

import torch

from tunewright.base import Base, load_adapter, load_model, load_tokenizer
from tunewright.core.digest import digest_json
from tunewright.core.errors import Fault
from tunewright.core.records import Model
from tunewright.core.store import Store
from tunewright.engine import attached, nf4, own

_PROBE, _NEAR = 64, 1e-3  # tokens looked at; the largest difference allowed, as a share of the largest logit
_REFUSED = {
    "prefix_tuning": "a prefix is keys and values that no token of a text makes, so no weight can hold it",
    "prompt_tuning": "a prompt is tokens that stand before a text, so no weight can hold it",
    "beft": "they were added where the base's layers have none",
    "adapter": "a bottleneck is a layer of its own with a bend in it, which no linear layer can take up"}


def refuse(model: Model) -> None:
    """Raise Fault if `model` has nothing to merge, whatever its base."""
    if not model.adapter:
        raise Fault(f"model {model.name} is whole already: there is no adapter to merge.")
    if model.objective == "reward":
        raise Fault(f"model {model.name} is a reward model, which is only trained with and never served: "
                    "there is nothing to merge it for.")


def merge(model: Model, base: Base, store: Store) -> Model:
    """A whole model of the adapter `model` and `base`, its folder kept in the store; `model` is its input (`after`).

    Raises Fault if it is no adapter, if its mathematics does not allow it, or if the logits differ afterwards.
    """
    refuse(model)
    with tempfile.TemporaryDirectory() as temporary:
        adapter = store.get_folder(model.files, Path(temporary) / "adapter")
        agreed = fold(base, adapter, Path(temporary) / "whole")
        files = store.put_folder(Path(temporary) / "whole")
    return model.model_copy(update={
        "spec": digest_json({"merge": model.digest}), "adapter": False, "files": files, "after": model.digest,
        "metrics": {**model.metrics, "merge_difference": agreed}})


def fold(base: Base, adapter: Path, into: Path) -> float:
    """Write `base` with the adapter in its weights, and its tokenizer, into `into`.

    Returns the largest difference of a logit from the adapter's own, as a share of the largest logit. A QLoRA goes
    into the values that its four-bit weights stand for, since on those it was trained. Raises Fault as `merge` does.
    """
    kind = attached.kind(adapter)
    if kind in _REFUSED:
        called = "bitfit with added biases" if kind == "beft" else kind.removesuffix("_tuning")
        raise Fault(f"method {called} cannot be merged: {_REFUSED[kind]}. Serve the adapter as "
                    "it is; engine `hf` does.")
    before = _logits(attached.read(load_model(base), adapter))
    model = load_model(base)
    if kind == "qlora":
        double = own.settings_of(adapter)["double_quantisation"]
        model = load_adapter(nf4.whole_again(nf4.quantise(model, "cpu", double)), adapter)
    else:
        model = attached.read(model, adapter)
    whole = model.merge_and_unload() if hasattr(model, "merge_and_unload") else model
    difference = float((_logits(whole) - before).abs().max() / before.abs().max())
    if not difference <= _NEAR:
        raise Fault(f"the merged model's logits differ from the adapter's by {difference:.1g} of the largest, which is "
                    f"more than rounding ({_NEAR:g}): serve the adapter as it is.")
    whole.save_pretrained(into)
    load_tokenizer(base).save_pretrained(into)
    return difference


@torch.no_grad()
def _logits(model: Any) -> torch.Tensor:
    """Logits of tokens drawn by chance, (1, tokens, vocabulary)."""
    size = model.get_input_embeddings().weight.shape[0]
    ids = torch.randint(size, (1, _PROBE), generator=torch.Generator().manual_seed(0))
    logits: torch.Tensor = model(input_ids=ids, use_cache=False).logits.float()
    return logits
