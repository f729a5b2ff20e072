"""Copying is the longest run of words that an answer shares with a training text."""

from difflib import SequenceMatcher

from hypothesis import given
from hypothesis import strategies as st

from tunewright.evaluate.copied import LEAST, copied

words = st.lists(st.sampled_from("ab"), max_size=30).map(" ".join)


@given(st.lists(words, max_size=4), st.lists(words, max_size=4))
def test_the_longest_run_is_the_one_that_comparing_everything_finds(answers: list[str], texts: list[str]) -> None:
    for answer, share in zip(answers, copied(answers, texts), strict=True):
        said = answer.split()
        runs = [SequenceMatcher(None, said, text.split(), autojunk=False).find_longest_match().size for text in texts]
        longest = max(runs, default=0)
        assert share == (None if len(said) < LEAST else longest / len(said) if longest >= LEAST else 0)


def test_a_text_said_by_heart_is_copied_whole() -> None:
    text = "the quick brown fox jumps over the lazy dog near the river bank"
    assert copied([text, f"I say {text}", "new words all along from here to there and back"], [f"Once {text} again"]) \
        == [1, 13 / 15, 0]
