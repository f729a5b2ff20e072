"""The chat format of `tiny`, as a Jinja template and as plain Python for the corpus."""

from __future__ import annotations

SPECIALS = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>"]
PAD, END = 0, 1

TEMPLATE = """\
{%- set ns = namespace(told=false) -%}
{%- macro listed() -%}
Tools:
{% for tool in tools %}{{ tool | tojson }}{% if not loop.last %}{{ '\\n' }}{% endif %}{% endfor %}
{%- endmacro -%}
{%- if tools and not (messages and messages[0]['role'] == 'system') -%}
{{- '<|system|>' + listed() + '<|end|>' -}}
{%- endif -%}
{%- for message in messages -%}
{%- set content = message['content'] if message['content'] is string else '' -%}
{%- if message['content'] and message['content'] is not string -%}
{%- set ns.text = '' -%}
{%- for part in message['content'] if part['type'] == 'text' -%}
{%- set ns.text = ns.text + part['text'] -%}
{%- endfor -%}
{%- set content = ns.text -%}
{%- endif -%}
{%- if message['role'] == 'assistant' -%}
{{- '<|assistant|>' -}}
{%- generation -%}
{{- content -}}
{%- for call in message['tool_calls'] or [] -%}
{%- set call = call['function'] if call['function'] else call -%}
{{- ('\\n' if content or not loop.first else '') -}}
{{- {'name': call['name'], 'arguments': call['arguments']} | tojson -}}
{%- endfor -%}
{{- '<|end|>' -}}
{%- endgeneration -%}
{%- elif message['role'] == 'system' and loop.first and tools -%}
{{- '<|system|>' + content + '\\n' + listed() + '<|end|>' -}}
{%- elif message['role'] in ['system', 'developer'] -%}
{{- '<|system|>' + content + '<|end|>' -}}
{%- elif message['role'] == 'tool' -%}
{{- '<|tool|>' + content + '<|end|>' -}}
{%- elif message['role'] == 'user' -%}
{{- '<|user|>' + content + '<|end|>' -}}
{%- else -%}
{{- raise_exception('unknown role: ' + message['role']) -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|assistant|>' -}}
{%- endif -%}
"""
