"""Passages: documents cut into pieces that lose no word, and found by the words of a question."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.errors import Fault
from tunewright.evaluate.arms.passages import Shelf, cut, identity, passages
from tunewright.recipe.evaluate import DocumentsSpec

pytest.importorskip("bm25s")

TEXTS = st.lists(st.lists(st.sampled_from(["# card", "lost", "fee", "## top", "\n", "pin"]), max_size=30).map(" ".join),
                 max_size=8).map("\n\n".join)


@given(TEXTS, st.integers(1, 12))
def test_no_word_is_lost_and_no_piece_is_too_long(text: str, longest: int) -> None:
    pieces = list(cut(text, longest))
    assert " ".join(pieces).split() == text.split()
    assert all(0 < len(piece.split()) <= longest for piece in pieces)


def test_a_heading_stays_with_what_follows_it() -> None:
    text = "# Cards\n\nA lost card is blocked.\n\n# Fees\n\nA transfer is free."
    assert list(cut(text, 50)) == ["# Cards\nA lost card is blocked.", "# Fees\nA transfer is free."]


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "help"
    (folder / "more").mkdir(parents=True)
    (folder / "cards.md").write_text("# Cards\n\nA lost card is blocked at once.\n\n# Limits\n\nYou may draw 500.")
    (folder / "more" / "fees.txt").write_text("A transfer inside the euro area is free.")
    (folder / "rates.jsonl").write_text(json.dumps({"title": "Exchange", "text": "Rates are those of noon."}) + "\n\n")
    (folder / "photo.png").write_bytes(b"\x89PNG")
    return folder


def test_every_kind_of_document_is_read_and_each_passage_names_its_place(documents: Path) -> None:
    found = passages(DocumentsSpec(path="help"), documents.parent)
    assert [passage.source for passage in found] == ["cards.md#1", "cards.md#2", "more/fees.txt#1", "rates.jsonl:1#1"]
    assert found[3].text == "Exchange\nRates are those of noon."
    one = passages(DocumentsSpec(path="help/cards.md"), documents.parent)
    assert [passage.source for passage in one] == ["cards.md#1", "cards.md#2"]


def test_what_shares_most_words_is_found_first_and_what_shares_none_never(documents: Path) -> None:
    shelf = Shelf(passages(DocumentsSpec(path="help"), documents.parent))
    assert shelf.find("My CARD is lost!", 3)[0].source == "cards.md#1"
    assert [one.source for one in shelf.find("is a transfer free?", 1)] == ["more/fees.txt#1"]
    assert shelf.find("zebra", 3) == []
    assert shelf.find("", 3) == []


def test_a_changed_document_is_another_shelf(documents: Path) -> None:
    spec = DocumentsSpec(path="help")
    before = identity(spec, documents.parent)
    (documents / "photo.png").write_bytes(b"another")
    assert identity(spec, documents.parent) == before
    (documents / "cards.md").write_text("changed")
    assert identity(spec, documents.parent) != before


def test_documents_that_cannot_be_read_are_a_fault(documents: Path) -> None:
    with pytest.raises(Fault, match="holds no document"):
        passages(DocumentsSpec(path="nothing"), documents)
    (documents / "blank.md").write_text("\n\n---\n")
    with pytest.raises(Fault, match="holds no word"):
        passages(DocumentsSpec(path="help/blank.md"), documents.parent)
    (documents / "rates.jsonl").write_text('{"text": "a"}\n[1]\n')
    with pytest.raises(Fault, match=r"rates\.jsonl:2 is no JSON object with `text`"):
        passages(DocumentsSpec(path="help"), documents.parent)
    (documents / "rates.jsonl").unlink()
    (documents / "cards.md").write_bytes(b"caf\xe9")
    with pytest.raises(Fault, match=r"cards\.md is not UTF-8 at byte 3"):
        passages(DocumentsSpec(path="help"), documents.parent)
