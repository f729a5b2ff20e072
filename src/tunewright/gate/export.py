"""A verdict for other programs: JUnit XML for a CI's list of tests, Markdown for its summary or a pull request.

Names and sentences may hold anything; here all of it is text.
"""

import re
from xml.sax.saxutils import escape, quoteattr

from tunewright.core.records import RuleResult, Verdict

LONGEST = 2000
"""Letters of one sentence; more is cut."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_MARKS = {"pass": "✅", "fail": "❌", "undecided": "❔", "waived": "⚠️"}


def junit(verdict: Verdict) -> str:
    """One test case a rule. What is undecided blocks like a failure, so it is one, of its own type; what is waived is
    skipped, and says by whom and why."""
    bad = [rule for rule in verdict.rules if rule.outcome not in ("pass", "waived")]
    cases = "".join(_case(verdict.name, rule) for rule in verdict.rules)
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
            f'<testsuite name={_attribute(f"{verdict.name} gate")} tests="{len(verdict.rules)}" '
            f'failures="{len(bad)}" errors="0" skipped="{verdict.waived}">\n{cases}</testsuite>\n</testsuites>\n')


def markdown(verdict: Verdict) -> str:
    """A heading and a table of rules, in GitHub's Markdown."""
    passed = sum(rule.outcome == "pass" for rule in verdict.rules)
    rows = "".join(f"| {_MARKS[rule.outcome]} {rule.outcome} | {plain(rule.metric)} | {plain(rule.rule)} | "
                   f"{plain(_said(rule))} |\n" for rule in verdict.rules)
    return (f"### {_MARKS[verdict.outcome]} {plain(verdict.name)}: {verdict.told}, {passed} of "
            f"{len(verdict.rules)} rules passed\n\n| outcome | metric | rule | what the data say |\n|---|---|---|---|\n"
            f"{rows}")


def plain(text: str) -> str:
    """Text that Markdown shows as it is: no HTML, no links, no mentions, no cells or lines of its own."""
    cut = _CONTROL.sub(" ", _cut(text))
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~$])", r"\\\1", cut.replace("&", "&amp;").replace("<", "&lt;"))
    return escaped.replace("://", ":&#8203;//").replace("@", "&#64;").replace(">", "&gt;")


def _case(name: str, rule: RuleResult) -> str:
    what = f"<testcase classname={_attribute(name)} name={_attribute(rule.name)}"
    sentence = _NOT_XML.sub("\ufffd", _cut(_said(rule)))
    if rule.outcome == "pass":
        return f"{what}><system-out>{escape(sentence)}</system-out></testcase>\n"
    if rule.outcome == "waived":
        return f"{what}><skipped message={_attribute(sentence)}/></testcase>\n"
    return (f"{what}><failure type={_attribute(rule.outcome)} message={_attribute(sentence)}>{escape(sentence)}"
            f"</failure></testcase>\n")


def _said(rule: RuleResult) -> str:
    """What the data say, after who waived it: that must not be cut."""
    return f"waived by {rule.waiver.by}: {rule.waiver.why} · {rule.sentence}" if rule.waiver else rule.sentence


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", _cut(text)))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
