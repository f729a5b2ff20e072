"""A record's language is told offline, and in doubt a record is not taken for one in another language."""

import pytest

from tunewright.core.errors import Fault
from tunewright.data.quality.language import language, spoken
from tunewright.data.quality.said import Said
from tunewright.recipe.quality import LanguageSpec

pytest.importorskip("py3langid", reason="skipped: telling languages needs pip install 'tunewright[language]'")
ENGLISH = Said(("Where is the card that I ordered last week?",), ("card_arrival",))
GERMAN = Said(("Wo ist die Karte, die ich letzte Woche bestellt habe?",), ("card_arrival",))


def test_a_wanted_language_scores_one_and_another_nearly_nothing() -> None:
    wanted = LanguageSpec(of=("en",))
    assert language(ENGLISH, wanted) == 1
    assert language(GERMAN, wanted) < wanted.at_least
    assert language(GERMAN, LanguageSpec(of=("en", "de"))) == 1


@pytest.mark.parametrize("text", ["ok", "123", "?!", "PIN"])
def test_a_text_too_short_to_tell_is_not_taken_for_another_language(text: str) -> None:
    wanted = LanguageSpec(of=("en",))
    assert language(Said((text,), ()), wanted) >= wanted.at_least


def test_the_likeliest_language_is_named() -> None:
    assert (spoken(ENGLISH), spoken(GERMAN), spoken(Said(("12 34",), ()))) == ("en", "de", "und")


def test_a_language_that_is_not_known_is_a_fault() -> None:
    with pytest.raises(Fault, match="`zz` is no language that py3langid knows"):
        language(ENGLISH, LanguageSpec(of=("zz",)))
