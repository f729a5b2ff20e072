"""The store gives back exactly what was put, or says what is wrong."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.digest import digest_bytes
from tunewright.core.errors import Corrupt, Fault
from tunewright.core.records import Verdict
from tunewright.core.store import Store


def object_path(folder: Path, digest: str) -> Path:
    return folder / "objects" / digest[:2] / digest[2:]


@given(content=st.binary(max_size=2000))
def test_what_is_put_comes_back_under_its_digest(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    store = Store(str(tmp_path_factory.mktemp("store")))
    digest = store.put(content)
    assert digest == digest_bytes(content)
    assert store.get(digest) == content
    assert store.put(content) == digest
    assert list(store.digests()) == [digest]
    assert store.find(digest[:6]) == [digest]


@given(content=st.binary(min_size=1, max_size=300), data=st.data())
def test_any_changed_byte_is_named(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("store")
    store = Store(str(folder))
    digest = store.put(content)
    position = data.draw(st.integers(0, len(content) - 1))
    changed = bytearray(content)
    changed[position] ^= data.draw(st.integers(1, 255))
    object_path(folder, digest).write_bytes(bytes(changed))
    with pytest.raises(Corrupt, match=digest):
        store.get(digest)
    assert any(digest in sentence for sentence in store.verify())


def test_an_absent_object_is_a_fault_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="0000 is not in the store"):
        Store(str(tmp_path)).get("0" * 64)


def test_a_folder_comes_back_whole(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    (source / "a.txt").write_text("a")
    (source / "deep" / "b.bin").write_bytes(b"\x00\xff")
    store = Store(str(tmp_path / "store"))
    digest = store.put_folder(source)
    target = store.get_folder(digest, tmp_path / "target")
    assert (target / "a.txt").read_text() == "a"
    assert (target / "deep" / "b.bin").read_bytes() == b"\x00\xff"
    assert store.put_folder(target) == digest


def test_a_manifest_cannot_reach_outside_its_folder(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    manifest = store.put(b'{"folder":{"../../escaped":"' + store.put(b"x").encode() + b'"}}')
    with pytest.raises(Corrupt, match="outside itself"):
        store.get_folder(manifest, tmp_path / "target")
    assert not (tmp_path / "escaped").exists()


def test_a_record_keeps_its_digest_through_the_store(tmp_path: Path) -> None:
    verdict = Verdict(name="desk", spec="s", report="r", against=None, outcome="pass", rules=())
    store = Store(str(tmp_path))
    assert store.put_record(verdict) == verdict.digest
    assert Verdict.model_validate(store.get_json(verdict.digest)) == verdict


def test_any_fsspec_url_serves_as_a_store() -> None:
    store = Store("memory://bucket/models")
    digest = store.put(b"bytes in a bucket")
    assert Store("memory://bucket/models").get(digest) == b"bytes in a bucket"
    assert digest in list(store.digests())
    assert list(store.verify()) == []


def test_a_full_disk_leaves_no_half_object(tmp_path: Path) -> None:
    """/dev/full takes no byte: the file system's own answer, not a patched function."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    store = Store(str(tmp_path))
    content = b"x" * 10
    shelf = object_path(tmp_path, digest_bytes(content)).parent
    shelf.parent.mkdir(parents=True)
    shelf.symlink_to("/dev/full")
    with pytest.raises(Fault, match="cannot take 10 bytes"):
        store.put(content)
    shelf.unlink()
    assert [path for path in (tmp_path / "objects").rglob("*") if path.is_file()] == []


def test_an_unusable_place_is_refused_in_one_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(Fault, match="cannot take 1 bytes"):
        Store(str(blocked)).put(b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_comes_back_by_rename_and_verified(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    source = tmp_path / "weights"
    source.write_bytes(b"0123456789" * 300_000)
    digest = store.put_file(source)
    store.get_file(digest, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == source.read_bytes()
    object_path(tmp_path / "store", digest).write_bytes(b"torn")
    with pytest.raises(Corrupt):
        store.get_file(digest, tmp_path / "second")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "store", "weights"]


def test_a_url_that_nothing_reads_is_refused_in_one_sentence() -> None:
    with pytest.raises(Fault, match="the store URL garbage://x is not usable"):
        Store("garbage://x")


def test_a_torn_object_is_mended_when_its_bytes_come_again(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    digest = store.put(b"whole")
    object_path(tmp_path, digest).write_bytes(b"wh")
    assert store.put(b"whole") == digest
    assert store.get(digest) == b"whole"
