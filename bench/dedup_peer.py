"""A peer's turn in bench/dedup.py, run in the peers' environment: `python dedup_peer.py SIDE FILE`. Last line: JSON.

The peers get what they would not have by themselves: words split at spaces, as the records were made, where datatrove
would load a tokenizer, and xxhash where datasketch would take SHA-1, if that is faster.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import pyarrow as pa

BANDS, ROWS, WORDS, THRESHOLD, WARM = 16, 6, 5, 0.8, 256


class Linked:
    """Groups of records, joined pair by pair."""

    def __init__(self, count: int) -> None:
        self.first = list(range(count))

    def find(self, one: int) -> int:
        """The first record of a record's group."""
        while self.first[one] != one:
            self.first[one] = self.first[self.first[one]]
            one = self.first[one]
        return one

    def join(self, one: int, other: int) -> None:
        """Make two groups one."""
        one, other = self.find(one), self.find(other)
        self.first[max(one, other)] = min(one, other)

    def told(self) -> list[int]:
        """Every record's group."""
        return [self.find(one) for one in range(len(self.first))]


def datasketch(texts: list[str]) -> list[int]:
    """MinHash in bulk, LSH by insertion, each record asked for those before it."""
    import xxhash
    from datasketch import MinHash, MinHashLSH

    def shingles(text: str) -> list[bytes]:
        words = text.lower().split()
        return [" ".join(words[at:at + WORDS]).encode() for at in range(max(1, len(words) - WORDS + 1))]

    index = MinHashLSH(threshold=THRESHOLD, num_perm=BANDS * ROWS, params=(BANDS, ROWS))
    linked = Linked(len(texts))
    minhashes = MinHash.generator(map(shingles, texts), num_perm=BANDS * ROWS, hashfunc=xxhash.xxh32_intdigest)
    for at, minhash in enumerate(minhashes):
        for other in index.query(minhash):
            linked.join(at, other)
        index.insert(at, minhash, check_duplication=False)
    return linked.told()


def datatrove(texts: list[str]) -> list[int]:
    """Signatures, buckets and clusters, as its pipeline runs them in one process."""
    import struct
    from pathlib import Path

    from datatrove.data import Document
    from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.utils.logging import logger
    from datatrove.utils.word_tokenizers import WordTokenizer

    class Spaces(WordTokenizer):
        def word_tokenize(self, text: str) -> list[str]:
            return text.split()

        sent_tokenize = span_tokenize = word_tokenize

    logger.remove()
    config = MinhashConfig(n_grams=WORDS, num_buckets=BANDS, hashes_per_bucket=ROWS)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        sketches, pairs = str(folder / "signatures"), str(folder / "buckets")
        MinhashDedupSignature(sketches, config, language=Spaces()).run(
            Document(text=text, id=str(at)) for at, text in enumerate(texts))
        for bucket in range(BANDS):
            MinhashDedupBuckets(sketches, pairs, config=config).run(None, bucket, BANDS)
        MinhashDedupCluster(pairs, str(folder / "clusters"), config=config, save_cluster_id=True).run(None)
        linked, first = Linked(len(texts)), {}
        for path in (folder / "clusters").glob("*.clusters"):
            for at, cluster in struct.iter_unpack("<2I", path.read_bytes()):
                linked.join(at, first.setdefault(cluster, at))
    return linked.told()


SIDES: dict[str, Callable[[list[str]], list[int]]] = {"datasketch": datasketch, "datatrove": datatrove}


def main(side: str, path: str) -> dict[str, Any]:
    """Seconds by the clock and of computing, and the groups."""
    texts = pa.ipc.open_file(pa.memory_map(path)).read_all()["text"].to_pylist()
    SIDES[side](texts[:WARM])
    began = time.perf_counter(), time.process_time()
    found = SIDES[side](texts)
    return {"clock": time.perf_counter() - began[0], "cpu": time.process_time() - began[1], "groups": found}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
