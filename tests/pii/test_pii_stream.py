"""A stream gives what the whole text gives, however it is cut; holds back little; closes when something goes wrong."""

from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tunewright.pii import Closed, Finding, Scanner, Stream, Withheld, make
from tunewright.pii.secret import LONGEST as LONGEST_KEY
from tunewright.recipe.pii import NamesSpec, PiiSpec

PATTERNS = make(PiiSpec())
FEW = make(PiiSpec(without=("api_key", "private_key", "card", "birth_date", "us_ssn", "uk_nhs")))
NAMES = make(PiiSpec(names=NamesSpec(engine="fake")))
# Values with the words that make them, and beginnings and ends of values, so that joining them gives every border.
PIECES = [
    "call me at 5551234567", "please call: 555 1234 office", "the SSN is 123 45 6789", "born on March 12, 1980",
    "born", "March", "12", "1980", "of", "dob: 1/2/1980", "version 1.2.3.4", "10.1.2.3", "2001:db8::1:2:3",
    "my nhs number is 943 476 5919", "Die Steuer-ID lautet 86095742719", "order", "555 123-4567 ext. 77", "ext. 5",
    "GB82 WEST 1234 5698 7654 32", "WEST", "AB 12 34 56 C", "ada@example.org", "@", "y@z.", "://", "https://u:p@h.org",
    "AKIAABCDEFGHIJKLMNOP", "ghp_", "a" * 36, "eyJhbGciOi.eyJzdWIiOi.abcdefgh", "aws_secret_key = " + "abcdEFGH12" * 4,
    "-----BEGIN ", "-----BEGIN RSA PRIVATE KEY-----", "MIIEpAIBAAKCAQEA7bq", "-----END RSA PRIVATE KEY-----", "-",
    "4111 1111 1111 1111", "card", "5105105105105100", "+49 30 1234567", "1 2 3 4 5 6 7 8 9", "x1," * 70,
    "x" * 170 + "1", "Ada Lovelace", "Dr.", ". ", "!\n", "\\n", "\"", "(", ")", "电话", "é", "０１２",
    "some words that say nothing"]
texts = st.tuples(st.lists(st.sampled_from(PIECES) | st.text("ab1 @.-\n:/(", max_size=5), max_size=25),
                  st.sampled_from(["", " ", ", ", "\n", " " * 9])).map(lambda said: said[1].join(said[0]))


def streamed(scanner: Scanner, text: str, random: Random, most: int) -> str:
    stream, out, at = Stream(scanner), [], 0
    while at < len(text):
        size = random.randint(1, most)
        out.append(stream.feed(text[at:at + size]))
        at += size
    return "".join([*out, stream.end()])


@settings(max_examples=300)
@example("\nAB 12 34 56 C", 0, 1)
@example('"AB 12 34 56 C"', 0, 1)
@given(texts, st.integers(0, 2**32), st.sampled_from([1, 4, 40, 400]))
def test_any_cut_gives_what_the_whole_text_gives(text: str, seed: int, most: int) -> None:
    assert streamed(PATTERNS, text, Random(seed), most) == PATTERNS.safe(text)[0]


@given(texts, st.integers(0, 2**32), st.sampled_from([1, 4, 40, 400]))
def test_so_it_does_without_some_kinds(text: str, seed: int, most: int) -> None:
    assert streamed(FEW, text, Random(seed), most) == FEW.safe(text)[0]


@given(texts, st.integers(0, 2**32), st.sampled_from([1, 4, 40]))
def test_so_it_does_with_names(text: str, seed: int, most: int) -> None:
    assert streamed(NAMES, text, Random(seed), most) == NAMES.safe(text)[0]


@settings(max_examples=10)
@given(st.lists(st.sampled_from(PIECES[:5]), min_size=40, max_size=60), st.integers(0, 2**32))
def test_text_that_was_let_go_is_not_needed(pieces: list[str], seed: int) -> None:
    text = " and then they said to me once more that ".join(pieces)
    assert streamed(PATTERNS, text, Random(seed), 30) == PATTERNS.safe(text)[0]


def test_words_pass_as_soon_as_the_next_one_begins() -> None:
    stream = Stream(PATTERNS)
    assert stream.feed("Thank you for your ") == "Thank you for your "
    assert stream.feed("mess") == ""
    assert stream.feed("age. ") == "message. "


def test_a_value_is_held_until_it_ends() -> None:
    stream = Stream(PATTERNS)
    said = [stream.feed(piece) for piece in ("Write to ada", "@exam", "ple.org, ", "please. ")]
    assert said == ["Write to ", "", "", "[EMAIL], please. "]


@pytest.mark.parametrize("endless", ["1 2 3 ", "a1", "12-", "call 555 ", "of ", "x@y ",
                                     "-----BEGIN RSA PRIVATE KEY-----\nMIIE"])
def test_what_is_held_has_a_bound(endless: str) -> None:
    stream, most = Stream(PATTERNS), 0
    for _ in range(2 * LONGEST_KEY // len(endless) // 50):
        stream.feed(endless * 50)
        most = max(most, stream.held)
    assert most <= LONGEST_KEY + 51 * len(endless)


def test_a_value_that_must_not_pass_closes_the_stream() -> None:
    stream = Stream(make(PiiSpec(kinds={"card": "drop"})))
    assert stream.feed("My card is ") == "My card is "
    with pytest.raises(Withheld) as caught:
        stream.feed("4111111111111111 and that was it.")
    assert "4111" not in str(caught.value)
    with pytest.raises(Closed):
        stream.feed("Hello")
    with pytest.raises(Closed):
        stream.end()


class Broken:
    """A model that fails at the third sentence."""

    def __init__(self) -> None:
        self.asked = 0

    def find(self, sentence: str) -> list[Finding]:
        self.asked += 1
        if self.asked == 3:
            raise RuntimeError("out of memory")
        return []


def test_an_error_lets_nothing_through_any_more() -> None:
    stream = Stream(Scanner(NAMES.actions, Broken()))
    assert stream.feed("First. Second. ") == "First. Second. "
    with pytest.raises(RuntimeError):
        stream.feed("Ada Lovelace. Four. ")
    assert stream.held == 0
    with pytest.raises(Closed):
        stream.feed("Another. ")


def test_counts_are_those_of_the_whole_text() -> None:
    stream = Stream(PATTERNS)
    stream.feed("ada@example.org and bob@example.org, card 4111111111111111")
    stream.end()
    assert stream.counts == {"email": 2, "card": 1}
