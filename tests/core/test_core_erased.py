"""An object that was erased is known to have been."""

import pytest

from tunewright.core.errors import Corrupt, Fault
from tunewright.core.store import Erased, Store


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(str(tmp_path))


def erased(store: Store, content: bytes, instead: bytes, entry: int = 7) -> str:
    digest = store.put(content)
    store.erase(digest, Erased(entry, store.put(instead)))
    return digest


def test_an_erased_object_is_told_with_its_entry(store):
    digest = erased(store, b"ann and ben", b"ben")
    assert not store.has(digest)
    with pytest.raises(Fault, match=f"object {digest} was erased by ledger entry 7"):
        store.get(digest)


def test_a_folder_leads_to_what_is_left(store, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_bytes(b"ann and ben")
    (tmp_path / "in" / "b.txt").write_bytes(b"cleo")
    folder = store.put_folder(tmp_path / "in")
    erased(store, b"ann and ben", b"ben", 7)
    erased(store, b"ben", b"", 8)
    left = {name: store.get(digest) for name, digest in store.folder(folder).items()}
    assert left == {"a.txt": b"", "b.txt": b"cleo"}
    assert (store.get_folder(folder, tmp_path / "out") / "a.txt").read_bytes() == b""


def test_to_erase_twice_is_to_erase_once(store):
    digest = erased(store, b"ann", b"")
    before = store.erased(digest)
    store.erase(digest, Erased(7, before.instead))
    assert store.erased(digest) == before
    assert store.all_erased() == {digest}


def test_nothing_is_erased_to_begin_with(store):
    assert store.all_erased() == frozenset()
    assert store.erased("0" * 64) is None


def test_a_marker_that_was_changed_is_told(store, tmp_path):
    digest = erased(store, b"ann", b"")
    (tmp_path / "erased" / digest).write_text("no marker")
    with pytest.raises(Corrupt, match="marker of the erased object"):
        store.erased(digest)


def test_beginnings_are_the_first_bytes_of_every_object(store):
    contents = [b"", b"one", b"a longer object"]
    kept = {store.put(content): content[:4] for content in contents}
    assert dict(store.beginnings(4)) == kept


def test_a_store_at_a_url_does_the_same(tmp_path):
    store = Store(f"memory://{tmp_path.name}")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_bytes(b"ann and ben")
    folder = store.put_folder(tmp_path / "in")
    assert store.all_erased() == frozenset()
    digest = erased(store, b"ann and ben", b"ben")
    assert store.all_erased() == {digest}
    assert store.get(store.folder(folder)["a.txt"]) == b"ben"
    assert dict(store.beginnings(3))[store.put(b"ben")] == b"ben"
