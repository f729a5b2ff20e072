"""What is shown of a finding is its place, its kind and its surroundings, never its value."""

from hypothesis import given
from hypothesis import strategies as st

from tunewright.pii import Finding, make, masked, shown
from tunewright.recipe.pii import PiiSpec

SCANNER = make(PiiSpec())
VALUES = ["ada@mail.org", "4111 1111 1111 1111", "555-123-4567", "078-05-1120"]
texts = st.lists(st.sampled_from(VALUES) | st.text("abc ", max_size=12), min_size=1, max_size=8).map(", ".join)


@given(texts, st.integers(0, 60))
def test_no_context_shows_a_value_or_a_part_of_it(text: str, width: int) -> None:
    found = SCANNER.find(text)
    for at in range(len(found)):
        said = shown(text, found, at, width)
        assert not any(sign.isdigit() or sign == "@" for sign in said)
        assert f"[{found[at].kind.upper()}]" in said
        assert text[found[at].start:found[at].end] not in repr(found)


def test_context_is_cut_and_says_so() -> None:
    text = "a long story before it, then ada@mail.org and a long story after it"
    assert shown(text, SCANNER.find(text), 0, 10) == "…it, then [EMAIL] and a lon…"


def test_a_mask_keeps_the_rest() -> None:
    assert masked("to ada@mail.org now", [Finding(3, 15, "email")]) == "to [EMAIL] now"
