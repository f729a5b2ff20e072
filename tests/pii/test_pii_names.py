"""Names by a model: sentence by sentence, in the room that other findings leave; Presidio without the network."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.errors import Fault
from tunewright.pii import Finding, make
from tunewright.pii.names import LONGEST, outside, sentence_end
from tunewright.recipe.pii import NamesSpec, PiiSpec

FAKE = make(PiiSpec(names=NamesSpec(engine="fake")))
finding = st.tuples(st.integers(0, 30), st.integers(1, 8)).map(lambda drawn: Finding(drawn[0], sum(drawn), "card"))


def sentences(text: str) -> list[str]:
    found, at = [], 0
    while (end := sentence_end(text, at, ended=True)) is not None:
        found.append(text[at:end])
        at = end
    return found


def test_names_are_masked_beside_what_has_a_form() -> None:
    assert FAKE.safe("Ada Lovelace wrote to ada@mail.org.")[0] == "[NAME] wrote to [EMAIL]."


def test_without_names_none_is_looked_for() -> None:
    assert make(PiiSpec()).safe("Ada Lovelace wrote.")[0] == "Ada Lovelace wrote."


@given(st.text("Aa. !?\n", max_size=60))
def test_sentences_are_the_whole_text(text: str) -> None:
    assert "".join(sentences(text)) == text


def test_a_sentence_ends_where_a_reader_ends_it() -> None:
    assert sentences("Dr. Ada Lovelace came. She saw J. S. Bach! Then\nhome") == [
        "Dr. Ada Lovelace came. ", "She saw J. S. Bach! ", "Then\n", "home"]


def test_a_sentence_without_an_end_is_cut() -> None:
    assert max(map(len, sentences("word " * 1000))) <= LONGEST
    assert max(map(len, sentences("x" * 5000))) <= LONGEST


@given(st.integers(0, 20), st.integers(1, 20), st.lists(finding, max_size=4))
def test_a_name_keeps_what_others_leave(start: int, length: int, others: list[Finding]) -> None:
    apart: list[Finding] = []
    for one in sorted(others):
        if not apart or apart[-1].end <= one.start:
            apart.append(one)
    left = {at for one in outside(Finding(start, start + length, "name"), apart) for at in range(one.start, one.end)}
    assert left == set(range(start, start + length)) - {at for one in apart for at in range(one.start, one.end)}


def test_presidio_takes_the_model_that_is_there(tmp_path: Path) -> None:
    pytest.importorskip("presidio_analyzer", reason="pip install 'tunewright[pii]'")
    import spacy

    pipeline = spacy.blank("en")
    pipeline.add_pipe("entity_ruler").add_patterns([
        {"label": "PERSON", "pattern": "Ada Lovelace"}, {"label": "ORG", "pattern": "Analytical Engines"},
        {"label": "GPE", "pattern": "London"}])
    pipeline.to_disk(tmp_path / "model")
    scanner = make(PiiSpec(names=NamesSpec(model=str(tmp_path / "model")), without=("organisation",)))
    text = "Ada Lovelace of Analytical Engines, London, has ada@mail.org."
    assert scanner.safe(text)[0] == "[NAME] of Analytical Engines, [ADDRESS], has [EMAIL]."


def test_a_model_that_is_not_there_is_a_fault_and_no_download() -> None:
    pytest.importorskip("presidio_analyzer", reason="pip install 'tunewright[pii]'")
    with pytest.raises(Fault, match="neither an installed spaCy pipeline nor the folder of one"):
        make(PiiSpec(names=NamesSpec(model="en_nowhere")))
