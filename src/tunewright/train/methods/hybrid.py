"""Some layers trained in full, a LoRA on the rest: PEFT's `modules_to_save` beside its LoRA."""

from fnmatch import fnmatchcase
from typing import Any

from tunewright.core.errors import Fault
from tunewright.recipe import PhaseSpec
from tunewright.train.methods import lora


def attach(model: Any, spec: PhaseSpec) -> Any:
    """`model` wrapped by PEFT: modules that match `whole` trainable, LoRA elsewhere. Raises Fault if none match."""
    chosen = matching(model, spec.whole)
    ends = {id(model.get_input_embeddings()), id(model.get_output_embeddings())}
    if model.config.get_text_config().tie_word_embeddings and any(id(model.get_submodule(at)) in ends for at in chosen):
        raise Fault("train: `whole` names embeddings that this base shares between input and output, which would part "
                    "them: name layers only, or take method full.")
    return lora.wrap(model, spec, chosen)


def matching(model: Any, patterns: tuple[str, ...]) -> list[str]:
    """Names of the modules with weights of their own that lie in a module of `patterns`; Fault where one has none."""
    names = [name for name, part in model.named_modules() if any(True for _ in part.parameters(recurse=False))]
    found: set[str] = set()
    for pattern in patterns:
        hits = {name for name in names
                if any(fnmatchcase(name, f"{front}{pattern}{end}") for front in ("", "*.") for end in ("", ".*"))}
        if not hits:
            raise Fault(f"train: no module of this base matches {pattern!r} in `whole`: its modules are called like "
                        f"{', '.join(names[1:4])}.")
        found |= hits
    return sorted(found)
