import pytest

from tunewright.core.licenses import KNOWN, USUAL, named


@pytest.mark.parametrize(("written", "meant"), [
    ("cc-by-4.0", "CC-BY-4.0"), (" MIT ", "MIT"), ("Proprietary", "proprietary"), ("APACHE-2.0", "Apache-2.0"),
    ("licenseref-llama3.1", "LicenseRef-llama3.1"),
])
def test_case_is_no_matter(written, meant):
    assert named(written) == meant


@pytest.mark.parametrize(("written", "near"), [("CC-BY", "`CC-BY-4.0`"), ("Apache2", "`Apache-2.0`"),
                                               ("GPL-3.0", "`GPL-3.0-only`")])
def test_an_unknown_word_names_the_nearest(written, near):
    with pytest.raises(ValueError, match="did you mean") as told:
        named(written)
    assert near in str(told.value)


@pytest.mark.parametrize("written", ["banana", "", "x"])
def test_a_word_near_to_none_names_the_usual_ones(written):
    with pytest.raises(ValueError, match=r"known are proprietary, CC0-1\.0"):
        named(written)


def test_every_known_name_is_named_by_itself():
    assert [name for name in KNOWN if named(name) != name] == []
    assert set(USUAL) <= set(KNOWN)


def test_a_creative_commons_name_says_what_it_allows():
    for name, one in KNOWN.items():
        if name.startswith("CC-BY"):
            words = name.split("-")
            assert (one.commercial, one.share_alike, one.derivatives != "yes") == (
                "NC" not in words, "SA" in words, "ND" in words)
            assert one.attribution
