"""Calls of tools are read the same way wherever they come from, and text flows on as long as it can be none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.base import find, load_tokenizer
from tunewright.engine.calls import Marks, before, certain, marks, read
from tunewright.engine.chat import Chat
from tunewright.recipe import BaseSpec

QWEN = r"""{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% for call in m.tool_calls or [] %}\
{{ '\n<tool_call>\n{"name": "' + call.function.name + '", "arguments": ' }}{{ call.function.arguments | tojson }}\
{{ '}\n</tool_call>' }}{% endfor %}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}""".replace(
    "\\\n", "")
LLAMA = """{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% if m.tool_calls %}{% if m.tool_calls | length > 1 %}
{{ raise_exception("one call at a time") }}{% endif %}{% set call = m.tool_calls[0].function %}\
{"name": "{{ call.name }}", "parameters": {{ call.arguments | tojson }}}{% endif %}<|end|>{% endfor %}\
{% if add_generation_prompt %}<|assistant|>{% endif %}"""
MUTE = """{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}\
{% if add_generation_prompt %}<|assistant|>{% endif %}"""
KNOWN = {"fee": 1, "calculator": 2}
PARTS = st.lists(st.sampled_from([
    "I look. ", "{", "}", '{"', '"name"', ": ", '"fee"', ', "arguments": {}', "\n", "<tool_call>", "</tool_call>",
    "<tool",    '{"name": "fee", "arguments": {"sum": 1}}', '{"name": "other"}', "[", '{"a": NaN}', "é"]), max_size=12)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return load_tokenizer(find(BaseSpec(name="tiny"), tmp_path_factory.mktemp("base")))


@pytest.mark.parametrize("text", [
    '{"name": "fee", "arguments": {"sum": 1}}',
    '{"name": "fee", "arguments": "{\\"sum\\": 1}"}',
    '<tool_call>\n{"name": "fee", "arguments": {"sum": 1}}\n</tool_call>',
    'I look. {"name": "fee", "parameters": {"sum": 1}} Then {broken',
    '{"note": {"name": "fee"}}\n{"name": "fee", "arguments": {"sum": 1}}'])
def test_a_call_is_found_in_every_form(text):
    assert [(call.name, call.arguments) for call in read(text, KNOWN)] == [("fee", {"sum": 1})]


@pytest.mark.parametrize("text", [
    '{"name": "other", "arguments": {}}', '{"name": "fee", "arguments": "1"}',
    '{"name": "fee", "arguments": {"a": NaN}}', '{"name": ["fee"]}', "[" * 9999 + "{" * 9999])
def test_what_is_no_call_of_a_known_tool_is_text(text):
    assert read(text, KNOWN) == []


def test_several_calls_are_found_in_their_order():
    assert [call.name for call in read('{"name": "fee"}{"name": "calculator"}', KNOWN)] == ["fee", "calculator"]


@given(PARTS, st.integers(0, 200))
def test_text_that_flows_before_its_end_is_certain(parts, at):
    """Whatever is given early stands, unchanged, at the beginning of what the whole answer says."""
    text = "".join(parts)
    given_early = text[:at][:certain(text[:at], KNOWN)]
    calls = read(text, KNOWN)
    assert (before(text, calls[0]) if calls else text).startswith(given_early)


def test_code_flows_and_objects_that_may_be_calls_wait():
    assert certain("int main()\n{ return 0", KNOWN) == len("int main()\n{ return 0")
    assert certain('Look: {"name": "f', KNOWN) == len("Look:")
    assert certain('Look: {"a": 1} and', KNOWN) == len('Look: {"a": 1} and')
    assert certain("a < b <tool", KNOWN) == len("a < b")


@pytest.mark.parametrize(("template", "found"), [
    (QWEN, Marks('\n<tool_call>\n{"name": "', '", "arguments": ', "}\n</tool_call>",
                 '}\n</tool_call>\n<tool_call>\n{"name": "')),
    (LLAMA, Marks('{"name": "', '", "parameters": ', "}", None)),
    (MUTE, Marks())])
def test_marks_are_those_of_the_template(tokenizer, template, found):
    told = load_like(tokenizer, template)
    assert marks(Chat(told)) == found


def load_like(tokenizer, template):
    from copy import copy

    other = copy(tokenizer)
    other.chat_template = template
    return other


def test_the_bundled_base_writes_bare_objects_line_by_line(tokenizer):
    assert marks(Chat(tokenizer)) == Marks(join='}\n{"name": "')


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3))
def test_what_is_written_is_read(arguments):
    text = Marks().written("fee", json.dumps(arguments))
    assert [(call.name, call.arguments) for call in read(text, KNOWN)] == [("fee", arguments)]
