"""BERTScore (Zhang et al., "BERTScore: Evaluating Text Generation with BERT", 2020): F1 of the cosine similarities of
an encoder's states, each token matched with its nearest in the other text; no weights by rarity, no rescaling.

The package `bert-score` gives the same figures; it fetches its encoders itself, and this one reads a folder.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.recipe.scorers import EncoderSpec

_BATCH = 32


def scores(spec: EncoderSpec, folder: Path, answers: Sequence[str], expected: Sequence[str]) -> list[float]:
    """BERTScore F1 of each answer, at least 0; an empty text is like nothing. `folder` is where `spec.path` starts.

    Raises Fault for an encoder that cannot be loaded, or has no such layer.
    """
    encoder = Encoder(spec, folder / spec.path)
    texts = sorted({*answers, *expected}, key=len)
    blocks = [texts[start:start + _BATCH] for start in range(0, len(texts), _BATCH)]
    states = {text: one for block in blocks for text, one in zip(block, encoder.states(block), strict=True)}
    return [_f1(states[one], states[other]) for one, other in zip(answers, expected, strict=True)]


class Encoder:
    """A bidirectional model and its tokenizer, from safetensors on this machine."""

    def __init__(self, spec: EncoderSpec, path: Path) -> None:
        from transformers import AutoModel, AutoTokenizer

        if not path.is_dir():
            raise Fault(f"evaluate.encoder: {path} is no folder: mend the path.")
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
            self._model = AutoModel.from_pretrained(path, local_files_only=True, use_safetensors=True).eval()
        except (OSError, ValueError, KeyError) as error:
            raise Fault(f"evaluate.encoder: {path} cannot be loaded ({str(error).splitlines()[0]}): it must hold a "
                        "model's config.json, safetensors and tokenizer.") from error
        layers = self._model.config.num_hidden_layers
        self._layer = layers if spec.layer is None else spec.layer
        if self._layer > layers:
            raise Fault(f"evaluate.encoder: {path} has {layers} layers, not {self._layer}: mend `layer`.")

    def states(self, texts: Sequence[str]) -> list[tuple[Any, Any]]:
        """For each text its tokens' states (tokens x width), of length 1, and which tokens count: all but the ends'."""
        import torch

        batch = self._tokenizer([text.strip() for text in texts], padding=True, truncation=True, return_tensors="pt",
                                max_length=self._longest())
        with torch.inference_mode():
            layers = self._model(**batch, output_hidden_states=True).hidden_states
        found = layers[self._layer].double()
        found = found / found.norm(dim=-1, keepdim=True)
        ends = [token for token in (self._tokenizer.cls_token_id, self._tokenizer.sep_token_id) if token is not None]
        rows = zip(found, batch["input_ids"], batch["attention_mask"].bool(), strict=True)
        return [(states[real], torch.tensor([int(one) not in ends for one in ids[real]])) for states, ids, real in rows]

    def _longest(self) -> int:
        """Tokens that are read; tokenizers that do not know say so with a huge number."""
        known = getattr(self._model.config, "max_position_embeddings", None) or 512
        return int(min(self._tokenizer.model_max_length, known))


def _f1(ours: tuple[Any, Any], theirs: tuple[Any, Any]) -> float:
    """Mean of the best similarity of each token that counts, both ways, and their harmonic mean."""
    (one, counts), (other, others) = ours, theirs
    if not counts.any() or not others.any():
        return 0.0
    alike = one @ other.T
    precision = float(alike.max(dim=1).values[counts].mean())
    recall = float(alike.max(dim=0).values[others].mean())
    return max(2 * precision * recall / (precision + recall), 0.0) if precision + recall > 0 else 0.0
