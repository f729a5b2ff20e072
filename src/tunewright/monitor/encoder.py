"""An encoder behind an endpoint that speaks OpenAI's API (`POST /embeddings`), and what is kept of its vectors.

A vector of hundreds of numbers may be turned back into words; of one, only 32 small whole numbers are kept, like a
sketch's cells: its direction, projected at random.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import lru_cache
from hashlib import shake_256
from math import isfinite
from typing import Any

import numpy as np

from tunewright.core.errors import Fault
from tunewright.engine import Refused
from tunewright.engine.endpoint import Caller, Endpoint
from tunewright.recipe.engine import AddressSpec
from tunewright.serve.figures import CELLS, READ


class Encoder:
    """One encoder. Raises Fault for a key that is not in the environment, or an address that is none."""

    def __init__(self, spec: AddressSpec) -> None:
        key = os.environ.get(spec.key) if spec.key else None
        if spec.key and not key:
            raise Fault(f"environment variable {spec.key}, which `monitor.drift.encoder.key` names, is not set: export "
                        "the key there.")
        self._endpoint = Endpoint(url=spec.url, model=spec.model, key=key, timeout=spec.timeout, retries=spec.retries)
        self._concurrency = spec.concurrency

    def cells(self, texts: Sequence[str]) -> list[list[int] | None]:
        """What is kept of each text's vector; None where the encoder refuses the text. Raises Fault if it fails."""
        with closing(Caller(self._endpoint)) as caller, ThreadPoolExecutor(self._concurrency) as pool:
            return list(pool.map(lambda text: self._one(caller, text), texts))

    def _one(self, caller: Caller, text: str) -> list[int] | None:
        try:
            answer = caller.post("embeddings", {"model": self._endpoint.model, "input": text[:READ]})
        except Refused:
            return None
        return project(_vector(answer))


def project(vector: Sequence[float]) -> list[int]:
    """The direction of a vector in 32 whole numbers, whose squares sum to about 100².

    Random signs keep distances about as they are: Achlioptas, "Database-friendly random projections", 2003.
    """
    given = np.asarray(vector, dtype=float)
    length = float(np.linalg.norm(given)) or 1.0
    cells = _signs(len(given)) @ (given / length) * (100 / CELLS**0.5)
    return [int(cell) for cell in np.rint(cells)]


@lru_cache(4)
def _signs(size: int) -> Any:
    """The projection of vectors of this size (32 x size): the same on every machine, whatever numpy it has."""
    drawn = shake_256(b"tunewright").digest(CELLS * size // 8)
    return 2.0 * np.unpackbits(np.frombuffer(drawn, dtype=np.uint8)).reshape(size, CELLS).T - 1.0


def _vector(answer: dict[str, Any]) -> list[float]:
    """The vector in an endpoint's answer. Raises Fault if it holds none."""
    try:
        given = [float(number) for number in answer["data"][0]["embedding"]]
    except (KeyError, IndexError, TypeError, ValueError):
        given = []
    if not given or not all(isfinite(number) for number in given):
        raise Fault("the endpoint answers no embedding: check that `url` speaks OpenAI's API and that `model` is an "
                    "encoder.")
    return given
