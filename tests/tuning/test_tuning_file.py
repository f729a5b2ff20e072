"""An upload belongs to the key that made it, and its bytes are gone when nobody holds them."""

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.tuning import Files
from tunewright.withdraw.verify import verify


@pytest.fixture
def files(home):
    return Files(home)


def upload(files, content=b"one\n", key="mine"):
    return files.add(BytesIO(content), key=key, name="rows.jsonl")


def test_what_was_uploaded_comes_back(files):
    made = upload(files)
    assert files.get(made.id, "mine") == made
    assert files.content(made) == b"one\n"
    assert (made.size, made.name, made.purpose) == (4, "rows.jsonl", "fine-tune")


def test_another_key_sees_nothing_of_it(files):
    made = upload(files)
    with pytest.raises(Fault, match=f"no file is called {made.id}"):
        files.get(made.id, "other")
    assert files.page("other", None, 10) == ([], False)


def test_pages_follow_one_another_and_hold_each_file_once(files):
    made = [upload(files, b"%d\n" % at).id for at in range(5)]
    first, more = files.page("mine", None, 2)
    second, _ = files.page("mine", first[-1].id, 2)
    last, end = files.page("mine", second[-1].id, 2)
    assert more
    assert not end
    assert [file.id for file in (*first, *second, *last)] == made[::-1]
    assert [file.id for file in files.page("mine", None, 9, oldest=True)[0]] == made
    assert files.page("mine", "file-nobody", 9) == ([], False)


def test_a_deleted_file_is_erased_with_an_entry(home, files):
    made = upload(files)
    files.delete(made)
    assert not home.store.has(made.digest)
    assert [entry.subject for entry in home.ledger.entries(action="delete-file")] == [made.id]
    with pytest.raises(Fault, match="no file"):
        files.get(made.id, "mine")


def test_deleting_a_file_takes_nothing_that_others_hold(home, files):
    kept = home.store.put(b"one\n")  # of a release, say
    mine, theirs = upload(files), upload(files, key="theirs")
    files.delete(mine)
    assert files.content(theirs) == home.store.get(kept) == b"one\n"
    assert list(verify(home)) == []


def test_a_persons_lines_are_taken_out_of_every_upload(home, files):
    content = b'{"customer": "c-1", "text": "a"}\n{"customer": "c-2", "text": "of c-1"}\n{"customer": 7}\n'
    mine, theirs = upload(files, content), upload(files, content, key="theirs")
    other = upload(files, b'{"customer": "c-2"}\n')
    assert files.without("c-1") == 2
    left = b'{"customer": "c-2", "text": "of c-1"}\n{"customer": 7}\n'
    assert files.content(files.get(mine.id, "mine")) == left
    assert files.content(files.get(theirs.id, "theirs")) == left
    assert not home.store.has(mine.digest)
    assert files.get(other.id, "mine") == other
    assert files.without("c-1") == 0
    assert files.without("7") == 2
    assert list(verify(home)) == []


@settings(max_examples=15, deadline=None)
@given(st.lists(st.binary(max_size=9).filter(lambda line: b"\n" not in line)), st.integers(0, 9))
def test_what_is_read_is_what_was_uploaded_whoever_is_looked_for(rows, person):
    content = b"\n".join(rows)
    with TemporaryDirectory() as folder:
        files = Files(Home(Path(folder)))
        made = upload(files, content)
        assert files.content(made) == content
        assert b"\n".join(files.lines(made)) == content
        if str(person).encode() not in content:  # its id may well hold the number
            assert files.without(str(person)) == 0
        assert files.content(files.get(made.id, "mine")) in content
