"""Load a base's tokenizer and weights: safetensors only, never code from the base."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tunewright.base.base import Base
from tunewright.core.errors import Fault

# PEFT imports bitsandbytes where it is installed, which then tells everybody which faster kernels it did not find.
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)

DTYPES = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}


def load_tokenizer(base: Base) -> Any:
    """The base's tokenizer. Raises Fault if transformers cannot read it."""
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(base.path, trust_remote_code=False, local_files_only=True)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise Fault(f"the tokenizer of base {base.name} cannot be read ({_first_line(error)}): "
                    "get the base again, or save its tokenizer with a tokenizer.json.") from error


def load_model(base: Base, device: str = "cpu", dtype: str = "fp32") -> Any:
    """The base as a causal language model in evaluation mode; `dtype` is fp32, bf16 or fp16.

    With `weights: random` the weights are drawn from the configuration's own initialisation with the spec's seed,
    without moving the caller's random state.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.utils import logging as theirs

    theirs.disable_progress_bar()  # the progress line is ours, and what is wrong with a base we say ourselves
    theirs.set_verbosity_error()
    kind = getattr(torch, DTYPES[dtype])
    try:
        if base.spec.weights == "random":
            config = AutoConfig.from_pretrained(base.path, trust_remote_code=False, local_files_only=True)
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(base.spec.seed)
                model = AutoModelForCausalLM.from_config(
                    config, dtype=torch.float32, trust_remote_code=False).to(kind)
        else:
            model, told = AutoModelForCausalLM.from_pretrained(
                base.path, dtype=kind, use_safetensors=True, trust_remote_code=False, local_files_only=True,
                output_loading_info=True)
            if told["missing_keys"]:
                raise ValueError(f"it misses weights, such as {min(told['missing_keys'])}")
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise Fault(f"base {base.name} cannot be loaded ({_first_line(error)}): "
                    "get the base again, or take one that transformers knows, as a causal language model.") from error
    return model.to(device).eval()


def load_adapter(model: Any, folder: Path, name: str = "default") -> Any:
    """`model` with the PEFT adapter in `folder` beside it, called `name`, in evaluation mode."""
    from peft import PeftModel

    with quiet_peft():
        return PeftModel.from_pretrained(model, folder, adapter_name=name, torch_device=str(model.device)).eval()


@contextmanager
def quiet_peft() -> Iterator[None]:
    """Without two warnings of PEFT that nobody can mend: of an old name in transformers, and of BEFT and merging."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        warnings.filterwarnings("ignore", "Detected that the base layer has no bias", UserWarning)
        yield


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
