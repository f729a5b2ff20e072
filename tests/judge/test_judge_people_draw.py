"""The page of pairs is blind: nothing in it follows from which arm an answer is."""

import json
import re
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judges import answers

from tunewright.core.errors import Fault
from tunewright.core.items import Item
from tunewright.judge.material import Pair, pairs
from tunewright.judge.people import draw, page

HOSTILE = ["</script><script>document.title='RAN'</script>", "<img src=x onerror=alert(1)>", "<!--<script>",
           "]]>", "\u2028alert(1)\u2029", "&lt;b&gt;", "\x00\x1b[31m"]


def pair(number: int, ours: str = "", theirs: str = "") -> Pair:
    return Pair(f"item {number}", None, ({"role": "user", "content": f"question {number}"},), "right",
                ours or f"one {number}", theirs or f"other {number}")


def keyed(found, secret=b"s" * 32, most=150):
    return draw.keyed(found, secret=secret, most=most, seed=0, release="desk@1", report="f" * 64, against="base")


def held(text: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="held">(.*?)</script>', text, re.S)[1])


def test_the_key_leads_back_to_every_answer():
    found = [pair(number) for number in range(40)]
    told, key = keyed(found)
    by_item = {one.item: one for one in found}
    for shown, one in zip(told, key.shown, strict=True):
        assert shown["id"] == one.id
        assert shown[one.tuned] == by_item[one.item].ours
        assert shown["b" if one.tuned == "a" else "a"] == by_item[one.item].theirs


@given(st.integers(1, 60), st.binary(min_size=32, max_size=32))
@settings(max_examples=30)
def test_each_arm_is_on_each_side_equally_often(count, secret):
    _, key = keyed([pair(number) for number in range(count)], secret)
    sides = Counter(one.tuned for one in key.shown)
    assert abs(sides["a"] - sides["b"]) <= 1
    assert len({one.id for one in key.shown}) == count


def test_another_secret_gives_other_sides_places_and_names():
    found = [pair(number) for number in range(40)]
    (_, one), (_, other) = keyed(found), keyed(found, b"t" * 32)
    assert [shown.item for shown in one.shown] != [shown.item for shown in other.shown]
    assert {shown.item for shown in one.shown if shown.tuned == "a"} != {
        shown.item for shown in other.shown if shown.tuned == "a"}
    assert not {shown.id for shown in one.shown} & {shown.id for shown in other.shown}
    assert keyed(found)[1] == one


def test_equal_answers_met_on_the_way_are_ties_that_nobody_sees():
    found = [pair(number, *(("same", "same ") if number % 2 else ())) for number in range(40)]
    told, key = keyed(found, most=10)
    assert len(told) == 10
    assert 0 < len(key.same) < 20
    assert all(one["a"].strip() != one["b"].strip() for one in told)
    with pytest.raises(Fault, match="say the same"):
        keyed([pair(1, "same", "same")])


def test_nothing_in_the_page_names_an_arm_or_a_digest():
    items = [Item("task", f"{number:064x}", arm, ({"role": "user", "content": "?"},), "!", f"{number} {len(arm)}")
             for number in range(20) for arm in ("base", "tuned")]
    told, key = keyed(pairs(items, ["task"], "base"))
    text = page.render(told, key.page, "Answer a customer.")
    around = text.replace(key.page, "").replace("base-uri 'none'", "")
    assert not re.search(r"tuned|\bbase\b|prompted|majority|fine-?tun|model|expected", around, re.IGNORECASE)
    assert not re.search(r"[0-9a-f]{64}", around)
    assert key.secret not in text
    assert set(held(text)) == {"page", "pairs", "asked"}
    assert all(set(one) == {"id", "request", "a", "b"} for one in held(text)["pairs"])


def test_the_longer_answer_is_on_neither_side_more_often_than_a_coin_would_have_it():
    told, _ = keyed([pair(number, "long " * 9, f"short {number}") for number in range(150)])
    assert sum(len(one["a"]) > len(one["b"]) for one in told) == 75
    firsts = [len(one["a"]) > len(one["b"]) for one in told]
    assert 40 < sum(one != other for one, other in pairwise(firsts)) < 110


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_answers_are_data(text):
    told, key = keyed([pair(1, text, "plain")])
    whole = page.render(told, key.page, text)
    assert whole.count("<script") == 2  # the data, and our own
    assert "<img" not in whole
    assert whole.count("</script>") == 2
    shown = held(whole)["pairs"][0]
    assert {shown["a"], shown["b"]} == {text, "plain"}


def test_the_page_allows_nothing_from_anywhere():
    told, key = keyed([pair(1)])
    text = page.render(told, key.page, "")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"(?:src|href)=\"(?!#)", text)
    assert "fetch(" not in text and "XMLHttpRequest" not in text and "innerHTML" not in text


def test_the_key_is_read_by_its_owner_alone(tmp_path):
    _, key = keyed([pair(1), pair(2, "same", "same")])
    key.write(tmp_path / "key.json")
    assert (tmp_path / "key.json").stat().st_mode & 0o077 == 0
    assert draw.read_key(tmp_path / "key.json") == key


def test_pairs_of_a_report_are_what_both_arms_answered():
    assert len(pairs(answers(5), ["task"], "base")) == 5
    assert pairs(answers(5), ["task"], "prompted") == []
