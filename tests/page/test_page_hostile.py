"""Whatever a model answers lies still on the page: markup, escapes of a terminal, a megabyte, half characters."""

from collections.abc import Callable
from typing import Any

import pytest

from tunewright.core.items import Item

ANSWERS = {
    "markup": "</pre></script><script>alert(1)</script><img src=x onerror=alert(2)><style>*{display:none}</style>",
    "escapes": "fine\x1b[2J\x1b]0;owned\x07\x1b[31mred\x9b1A\x08\x08gone\r",
    "turned": "safe \u202etxt.exe\u2066 \u200bhidden\ufeff",
    "half characters": "before \ud83d after \udc00",
    "zeros": "a\x00b\ufffe\uffff",
    "templates": "{{ config }} {% raw %} ${7*7} <%= 7*7 %>",
    "a megabyte": "<b>" * 350_000,
    "a megabyte of quotes": "\"'&" * 350_000,
    "one line of a megabyte": "x" * 1_000_000,
}
UNSEEN = set("\x00\x07\x08\x1b\x9b\u202e\u2066\u200b\ufeff") | {chr(code) for code in range(0xD800, 0xE000)}


def items(answer: str) -> list[Item]:
    prompt = ({"role": "user", "content": answer},)
    return [Item("task", "0" * 64, "base", prompt, answer, "another " + answer, None, {"exact": 0.0}),
            Item("task", "0" * 64, "tuned", prompt, answer, answer[::-1], None, {"exact": 0.0})]


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_hostile_answer_is_shown_and_does_nothing(sample: Any, tmp_path: Any, parse: Callable[[str], Any],
                                                    kind: str) -> None:
    plain = parse(sample.with_items(items("plain"), tmp_path / "plain").text(tmp_path))
    page = parse(sample.with_items(items(ANSWERS[kind]), tmp_path / "items").text(tmp_path))
    assert page.faults == []
    assert {(name, *sorted(tag)) for name, tag in page.tags} <= {(name, *sorted(tag)) for name, tag in plain.tags} | {
        ("del",), ("ins",)}
    assert not UNSEEN & set(page.source)
    assert len(page.source) < len(plain.source) + 50_000


def test_what_was_hidden_is_shown_by_its_escape(sample: Any, tmp_path: Any, parse: Callable[[str], Any]) -> None:
    page = parse(sample.with_items(items("a\x1b[31mb\u202ec"), tmp_path / "items").text(tmp_path))
    assert "a\\x1b[31mb\\u202ec" in page.text


def test_what_was_cut_is_counted(sample: Any, tmp_path: Any, parse: Callable[[str], Any]) -> None:
    page = parse(sample.with_items(items("x" * 1_000_000), tmp_path / "items").text(tmp_path))
    assert "… (998,400 more characters)" in page.text


def test_names_rules_and_reasons_are_shown_the_same_way(sample: Any, tmp_path: Any) -> None:
    from dataclasses import replace

    rules = tuple(rule.model_copy(update={"sentence": "it \x1b[2J holds\u202e"}) for rule in sample.verdict.rules)
    page = replace(sample, verdict=sample.verdict.model_copy(update={"rules": rules, "outcome": "fail"})).text(tmp_path)
    assert "it \\x1b[2J holds\\u202e" in page
    assert "\x1b" not in page
