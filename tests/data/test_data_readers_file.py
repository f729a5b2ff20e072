"""Packed files are read as they are unpacked, and never to more than they can honestly hold."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.errors import Fault
from tunewright.data.readers import KINDS, read
from tunewright.data.readers.file import FREE, PACKED, RATIO, opened, unpacked
from tunewright.recipe import SourceSpec

ROWS = [{"a": "one, two", "b": "ü\n\"x\""}, {"a": "", "b": "z"}]
CSV = b'a,b\n"one, two","\xc3\xbc\n""x"""\n,z\n'


def pack(path: Path, content: bytes) -> Path:
    if path.suffix == ".zst":
        with pa.output_stream(str(path), compression="zstd") as stream:
            stream.write(content)
    else:
        path.write_bytes(gzip.compress(content))
    return path


def rows(path: Path) -> list[dict[str, Any]]:
    source = SourceSpec(path=path.name, license="MIT", basis="contract")
    return [row.fields for row in read(source, path.parent, "").rows]


@pytest.mark.parametrize("packing", sorted(PACKED))
@pytest.mark.parametrize(("kind", "content"), [
    (".csv", CSV), (".jsonl", "\n".join(map(json.dumps, ROWS)).encode()), (".json", json.dumps(ROWS).encode())])
def test_a_packed_file_reads_as_the_unpacked_one(tmp_path: Path, packing: str, kind: str, content: bytes) -> None:
    assert rows(pack(tmp_path / f"t{kind}{packing}", content)) == ROWS
    assert unpacked(tmp_path / f"t{kind}{packing}") == tmp_path / f"t{kind}"


@given(pieces=st.lists(st.binary(max_size=3000), min_size=1, max_size=4), packing=st.sampled_from(sorted(PACKED)))
@settings(max_examples=30, deadline=None)
def test_any_bytes_survive_packing_even_in_several_members(pieces: list[bytes], packing: str,
                                                           tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("packed")
    path = folder / f"t.jsonl{packing}"
    path.write_bytes(b"".join(pack(folder / f"piece{packing}", piece).read_bytes() for piece in pieces))
    with opened(path, path.name) as stream:
        assert stream.read() == b"".join(pieces)


@pytest.mark.parametrize("packing", sorted(PACKED))
@pytest.mark.parametrize("spoil", [
    lambda packed: packed[:len(packed) // 2], lambda packed: b"not packed at all", lambda packed: packed[:1],
    lambda packed: packed[:20] + bytes([packed[20] ^ 255]) + packed[21:]])
def test_a_damaged_packed_file_is_told_in_one_sentence(tmp_path: Path, packing: str,
                                                       spoil: Callable[[bytes], bytes]) -> None:
    path = pack(tmp_path / f"t.jsonl{packing}", b"".join(b'{"a": "%d"}\n' % (at * at * 7919) for at in range(900)))
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(Fault) as caught:
        rows(path)
    assert str(caught.value).startswith(path.name)


@pytest.mark.parametrize("packing", sorted(PACKED))
def test_a_bomb_is_refused_though_every_line_of_it_is_honest(tmp_path: Path, packing: str) -> None:
    path = pack(tmp_path / f"t.jsonl{packing}", b'{"a": "again"}\n' * (FREE // 15 + 80_000))
    assert path.stat().st_size * RATIO < FREE
    with (opened(path, path.name) as stream,
          pytest.raises(Fault, match=rf"t\.jsonl\{packing} unpacks to more than 200 times its size")):
        while stream.read(1 << 20):
            pass


def test_a_small_file_that_packs_well_is_no_bomb(tmp_path: Path) -> None:
    path = pack(tmp_path / "t.jsonl.gz", b'{"a": "again"}\n' * 20_000)
    assert path.stat().st_size * RATIO < 300_000 + 1
    assert len(rows(path)) == 20_000


def test_parquet_is_packed_inside_already(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "t.parquet")
    path = pack(tmp_path / "t.parquet.gz", (tmp_path / "t.parquet").read_bytes())
    with pytest.raises(Fault, match=r"t\.parquet\.gz: Parquet is packed inside"):
        rows(path)


def test_a_text_that_parquet_stores_once_and_names_often_is_read_in_pieces(tmp_path: Path) -> None:
    many = [{"a": "x" * 2**20, "m": [{"k": "y" * 2**19}] * 2}] * 25
    pq.write_table(pa.Table.from_pylist(many), tmp_path / "t.parquet")
    assert (tmp_path / "t.parquet").stat().st_size < 2**20
    seen = 0
    for row in KINDS[".parquet"](tmp_path / "t.parquet", "t.parquet").rows:
        assert row.fields == many[0]
        seen += 1
    assert seen == 25


def test_texts_that_parquet_stores_once_and_names_without_end_are_a_bomb(tmp_path: Path) -> None:
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 200, pa.int32()), pa.array(["x" * 2**20]))
    pq.write_table(pa.table({"a": column}), tmp_path / "t.parquet")
    with pytest.raises(Fault, match="unpacks to more than 200 times its size"):
        rows(tmp_path / "t.parquet")


@pytest.mark.parametrize("value", [{"a": "x" * (17 * 2**20)}, {"a": [{"b": "x" * 2**20}] * 17}])
def test_a_row_of_parquet_longer_than_a_line_may_be_is_refused(tmp_path: Path, value: dict[str, Any]) -> None:
    pq.write_table(pa.Table.from_pylist([{"a": value["a"][:1]}] * 3 + [value]), tmp_path / "t.parquet")
    with pytest.raises(Fault, match=r"t\.parquet, row 4 is longer than 16 MB"):
        rows(tmp_path / "t.parquet")


def test_a_parquet_file_of_countless_rows_is_refused_before_any_is_read(tmp_path: Path) -> None:
    endless = pa.table({"a": pa.nulls(FREE + 1, pa.int8())})
    pq.write_table(endless, tmp_path / "t.parquet", row_group_size=FREE + 1)
    with pytest.raises(Fault, match="unpacks to more than 200 times its size"):
        rows(tmp_path / "t.parquet")


def test_every_type_of_parquet_is_read_as_pyarrow_reads_it(tmp_path: Path) -> None:
    table = pa.table({
        "list": [["a", None], []], "struct": [{"b": "c", "d": 1}, None], "bytes": [b"\xff", None],
        "large": pa.array(["e", None], pa.large_string()), "number": [1.5, None], "flag": [True, False],
        "map": pa.array([[("k", "v")], []], pa.map_(pa.string(), pa.string())),
        "fixed": pa.array([["x", "y"], ["z", "w"]], pa.list_(pa.string(), 2)),
        "category": pa.array(["p", "p"]).dictionary_encode(), "large_list": pa.array([["q"], None],
                                                                                     pa.large_list(pa.string())),
        "day": pa.array([0, 1], pa.date32()), "null": pa.nulls(2)})
    pq.write_table(table, tmp_path / "t.parquet")
    assert rows(tmp_path / "t.parquet") == pq.read_table(tmp_path / "t.parquet").to_pylist()
