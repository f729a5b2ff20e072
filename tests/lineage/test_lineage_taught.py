"""From a response to the training records that ask most nearly the same."""

import pytest

from tunewright import verbs
from tunewright.core.digest import digest_json
from tunewright.core.home import Home
from tunewright.lineage.taught import SHOWN, taught


@pytest.fixture
def made(tmp_path):
    """A home and a dataset of questions about numbered cards, all of it for training."""
    rows = "".join(f"where is card {number} of mine,answer {number}\n" for number in range(10))
    (tmp_path / "cards.csv").write_text("asked,answered\n" + rows)
    (tmp_path / "held.csv").write_text("asked,answered\nhow do transfers work,slowly\n")
    (tmp_path / "r.yaml").write_text("""
name: desk
purpose: Answer.
data:
  sources:
    - {path: cards.csv, format: {prompt: asked, response: answered}, license: CC0-1.0, basis: contract, part: train}
    - {path: held.csv, format: {prompt: asked, response: answered}, license: CC0-1.0, basis: contract, part: test}
  split: {validation: 0}
gate: [{metric: task/exact, at_least: 0.5}]
""")
    (tmp_path / "home").mkdir()
    home = Home(tmp_path / "home")
    return home, verbs.data(tmp_path / "r.yaml", home=home.path)


def asked(text, *, kept):
    messages = [{"role": "user", "content": text}]
    text = {"prompt": messages} if kept else {}
    return {"prompt_digest": digest_json({"messages": messages, "tools": None}), **text}


def test_the_record_that_asked_the_very_same_is_first(made):
    home, dataset = made
    found = taught(home, dataset, asked("where is card 3 of mine", kept=True))
    assert (found[0].path, found[0].row, found[0].similarity) == ("cards.csv", 4, 1.0)
    assert len(found) == SHOWN
    assert all(one.similarity < 1 for one in found[1:])


def test_a_like_question_leads_to_the_records_that_share_its_words(made):
    home, dataset = made
    [first, *_] = taught(home, dataset, asked("Where, please, is my card 7?", kept=True))
    assert (first.row, first.similarity < 1) == (8, True)


def test_without_text_only_the_very_same_question_is_told(made):
    home, dataset = made
    assert [one.row for one in taught(home, dataset, asked("where is card 3 of mine", kept=False))] == [4]
    assert taught(home, dataset, asked("Where, please, is my card 7?", kept=False)) == ()


def test_nothing_is_told_of_a_dataset_that_is_not_kept(made, tmp_path):
    _, dataset = made
    assert taught(Home(tmp_path / "other"), dataset, asked("where is card 3 of mine", kept=True)) == ()
