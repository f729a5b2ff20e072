from hypothesis import given
from hypothesis import strategies as st

from tunewright.engine.text import Text


def decode(ids: list[int]) -> str:
    """A tokenizer whose tokens are single bytes: the worst case for characters of several bytes."""
    return bytes(ids).decode(errors="replace")


def pieces(content: bytes, stop: tuple[str, ...] = ()) -> list[str]:
    text = Text(decode, stop)
    found = []
    for byte in content:
        text.push(byte)
        found.append(text.take())
        if text.stopped:
            break
    text.end()
    return [*found, text.take()]


whole = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffd"), max_size=40)


@given(whole)
def test_pieces_joined_are_the_text_and_none_is_half_a_character(content):
    found = pieces(content.encode())
    assert "".join(found) == content
    assert not any("\ufffd" in piece for piece in found)


@given(st.text("ab\u00e9", max_size=30), st.lists(st.text("ab\u00e9", min_size=1, max_size=3), min_size=1, max_size=3))
def test_no_piece_shows_what_a_stop_string_cuts_off(content, stop):
    joined = "".join(pieces(content.encode(), tuple(stop)))
    ends = [content.find(each) + len(each) for each in stop if each in content]
    if ends:
        seen = content[:min(ends)]
        assert joined == seen[:min(seen.find(each) for each in stop if each in seen)]
    else:
        assert joined == content


def test_an_answer_cut_in_a_character_ends_with_a_replacement_character():
    assert "".join(pieces("é".encode()[:1])) == "\ufffd"


def test_spaces_that_a_decoder_puts_between_two_tokens_are_kept():
    words = ["see", "you", "soon"]
    text = Text(lambda ids: " ".join(words[token] for token in ids))
    for token in range(3):
        text.push(token)
    assert text.take() == "see you soon"
