"""An upload belongs to the key that made it, and its bytes are gone when nobody holds them."""

import pytest

from tunewright.core.errors import Fault
from tunewright.tuning import Files


@pytest.fixture
def files(home):
    return Files(home)


def upload(files, tmp_path, content=b"one\n", key="mine"):
    path = tmp_path / "upload"
    path.write_bytes(content)
    return files.add(path, key=key, name="rows.jsonl")


def test_what_was_uploaded_comes_back(files, tmp_path):
    made = upload(files, tmp_path)
    assert files.get(made.id, "mine") == made
    assert files.content(made) == b"one\n"
    assert (made.size, made.name, made.purpose) == (4, "rows.jsonl", "fine-tune")


def test_another_key_sees_nothing_of_it(files, tmp_path):
    made = upload(files, tmp_path)
    with pytest.raises(Fault, match=f"no file is called {made.id}"):
        files.get(made.id, "other")
    assert files.page("other", None, 10) == ([], False)


def test_pages_follow_one_another_and_hold_each_file_once(files, tmp_path):
    made = [upload(files, tmp_path, b"%d\n" % at).id for at in range(5)]
    first, more = files.page("mine", None, 2)
    second, _ = files.page("mine", first[-1].id, 2)
    last, end = files.page("mine", second[-1].id, 2)
    assert more
    assert not end
    assert [file.id for file in (*first, *second, *last)] == made[::-1]
    assert [file.id for file in files.page("mine", None, 9, oldest=True)[0]] == made
    assert files.page("mine", "file-nobody", 9) == ([], False)


def test_a_deleted_file_is_erased_with_an_entry(home, files, tmp_path):
    made = upload(files, tmp_path)
    files.delete(made)
    assert not home.store.has(made.digest)
    assert [entry.subject for entry in home.ledger.entries(action="delete-file")] == [made.id]
    with pytest.raises(Fault, match="no file"):
        files.get(made.id, "mine")


def test_bytes_that_another_upload_holds_too_stay(home, files, tmp_path):
    mine, theirs = upload(files, tmp_path), upload(files, tmp_path, key="theirs")
    files.delete(mine)
    assert files.content(theirs) == b"one\n"
    files.delete(theirs)
    assert not home.store.has(theirs.digest)


def test_a_persons_lines_are_taken_out_of_every_upload(home, files, tmp_path):
    content = b'{"customer": "c-1", "text": "a"}\n{"customer": "c-2", "text": "of c-1"}\n{"customer": 7}\n'
    mine, theirs = upload(files, tmp_path, content), upload(files, tmp_path, content, key="theirs")
    entry = home.ledger.append("withdraw", "sealed", by="mira", why="a letter")
    assert files.without("c-1", entry.number) == 1
    left = b'{"customer": "c-2", "text": "of c-1"}\n{"customer": 7}\n'
    assert files.content(files.get(mine.id, "mine")) == left
    assert files.content(files.get(theirs.id, "theirs")) == left
    assert not home.store.has(mine.digest)
    assert files.without("c-1", entry.number) == 0
    assert files.without("7", entry.number) == 1
