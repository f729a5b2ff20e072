"""A verdict as JUnit XML and as Markdown: every rule is there, and nothing it says is more than text."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.records import Outcome, RuleResult, Verdict
from tunewright.gate.export import LONGEST, junit, markdown, plain

HOSTILE = ("<script>alert(1)</script>", "\x1b[31mred\x1b[0m", "a | b\n| c", "[x](javascript:alert(1)) @everyone",
           "]]> & \" '", "\ud800\x00\ufffe", "x" * 1_000_000, "https://evil.example/?q=1", "\u202ereversed")


def verdict(*outcomes: Outcome, sentence: str = "task/exact 0.90 is at least 0.80", name: str = "desk") -> Verdict:
    rules = tuple(RuleResult(metric="task/exact", rule="at_least 0.8", outcome=outcome, sentence=sentence)
                  for outcome in outcomes)
    overall: Outcome = "fail" if "fail" in outcomes else "undecided" if "undecided" in outcomes else "pass"
    return Verdict(name=name, spec="s", report="r", against=None, outcome=overall, rules=rules)


def test_every_rule_is_a_test_case_and_what_did_not_pass_has_failed() -> None:
    suite = ElementTree.fromstring(junit(verdict("pass", "fail", "undecided")).encode())[0]
    assert suite.attrib == {"name": "desk gate", "tests": "3", "failures": "2", "errors": "0", "skipped": "0"}
    assert [case.get("name") for case in suite] == ["task/exact: at_least 0.8"] * 3
    assert [case[0].tag for case in suite] == ["system-out", "failure", "failure"]
    assert [case[0].get("type") for case in suite] == [None, "fail", "undecided"]


def test_every_rule_is_a_row_under_what_the_gate_says() -> None:
    lines = markdown(verdict("pass", "undecided")).splitlines()
    assert lines[0] == "### ❔ desk: undecided, 1 of 2 rules passed"
    assert lines[2:4] == ["| outcome | metric | rule | what the data say |", "|---|---|---|---|"]
    assert lines[4] == "| ✅ pass | task/exact | at\\_least 0.8 | task/exact 0.90 is at least 0.80 |"
    assert len(lines) == 6


@given(st.sampled_from(HOSTILE) | st.text())
def test_hostile_words_are_only_text_in_junit(said: str) -> None:
    text = junit(verdict("fail", "pass", sentence=said, name=said[:50]))
    (suite,) = ElementTree.fromstring(text.encode())
    assert {part.tag for part in suite.iter()} == {"testsuite", "testcase", "failure", "system-out"}
    assert len(text) < 10 * LONGEST * 2
    assert "\x1b" not in text


@given(st.sampled_from(HOSTILE) | st.text())
def test_hostile_words_are_only_text_in_markdown(said: str) -> None:
    text = markdown(verdict("fail", sentence=said))
    assert len(text.encode().splitlines()) == 5
    assert text.splitlines()[4].replace("\\|", "").count("|") == 5
    told = plain(said)
    assert not {"<", ">", "@", "\x1b", "\x00"} & set(told)
    assert "](" not in told
    assert "://" not in told
