"""The model card, filled with what the run recorded."""

from __future__ import annotations

from typing import Any

HEAD = """\
---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: text-generation
tags: [tiny, pretrained-from-scratch, llama]
---

# tiny

The bundled base model of Tunewright: {params:,} parameters, small enough to be fine-tuned in minutes on
two CPU cores. It exists so that every recipe can be run, tested and shown without a network or a GPU.
It is a base for fine-tuning on narrow tasks, not an assistant.

| | |
|---|---|
| architecture | Llama: width 256, 4 layers, feed-forward 640, 4 heads / 2 key-value heads, tied embeddings |
| tokenizer | byte-level BPE, 4,096 tokens; digits singly; no word carries its space, so its tokens never change |
| positions | 2,048 configured; trained on rows of 256, and every eighth step on rows of 1,024 |
| format | `<\\|system\\|>..<\\|end\\|><\\|user\\|>..<\\|end\\|><\\|assistant\\|>..<\\|end\\|>` |
| trained | {tokens:,} tokens ({supervised:,} with a loss) in {step:,} steps and {minutes:,} minutes on one CPU thread |
| weights | fp16 safetensors |
"""

TEXTS = """
## Every text it saw

| text | share of tokens | licence |
|---|---|---|
| generated copying tasks (repeat, pick, reverse, look up, lists to JSON) | 22 % | Apache-2.0, this project |
| generated extraction into JSON with random schemas | 23 % | Apache-2.0, this project |
| customer messages (`pretrain/banks/*.tsv`): labels, pairs, paraphrases, few-shot | 27 % | Apache-2.0, this project |
| WordNet 3.0: definitions, synonyms, broader words, example sentences | 12 % | WordNet licence, see below |
| generated questions, summaries, instructions, small sums, refusals, tool calls | 8 % | Apache-2.0, this project |
| long rows: several of the above in one document | 7 % | as above |
| GSM8K, training part only, as plain English | under 1 % | MIT, OpenAI |

Shares are approximate. No text of banking77, presidio-synth, XSTest, HarmBench, hh-rlhf or of any test file was
used. One intent in {held_share} of the phrase banks was kept out of training; the probe's `label_unseen` uses them.

WordNet 3.0 is Copyright 2006 by Princeton University. All rights reserved. It may be used, copied, modified and
distributed for any purpose and without fee; it is provided "as is", without warranty, and the name of Princeton
University may not be used in advertising or publicity pertaining to distribution. The full licence is in
the file `copyright` of the Debian package `wordnet-base`.
"""

TAIL = """
## Limits

- It knows almost nothing about the world, and its English is that of short support messages and definitions.
- Untuned answers to open questions are mostly wrong. Arithmetic is weak. Use it after fine-tuning.
- Its one refusal sentence was learnt on a few dozen generated prompts. It is not a safety measure.
- Names, places and amounts are copied, not understood; invented and non-ASCII strings are copied byte by byte.
- The phrase banks were written by language models; their range of voices is narrower than that of real customers.
"""


def table(found: list[dict[str, float]]) -> str:
    """The probe's results over the run: at most eight of the rows, and always the last."""
    if not found:
        return "\n## Probe\n\nNot yet measured.\n"
    every = max(1, len(found) // 7)
    rows = [*found[:-1][::every], found[-1]]
    kinds = [k for k in found[-1] if k != "tokens"]
    lines = [
        "",
        "## Probe",
        "",
        "Exact answers to freshly generated items (`python -m pretrain.probe`), greedy:",
        "",
        "| tokens | " + " | ".join(kinds) + " |",
        "|---" * (len(kinds) + 1) + "|",
    ]
    lines += [
        f"| {row['tokens']:,} | " + " | ".join(f"{row.get(k, float('nan')):.2f}" for k in kinds) + " |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def text(progress: dict[str, Any], params: int = 0, held_share: int = 20) -> str:
    """README.md of the exported folder."""
    head = HEAD.format(
        params=params,
        minutes=round(progress["seconds"] / 60),
        **{k: progress[k] for k in ("tokens", "supervised", "step")},
    )
    banks = "\n".join(f"| `{name}` | `{digest[:16]}` |" for name, digest in sorted(progress["banks"].items()))
    digests = f"\nSHA-256 of the phrase banks, first 16 digits:\n\n| bank | digest |\n|---|---|\n{banks}\n"
    return head + TEXTS.format(held_share=held_share) + digests + table(progress["probes"]) + TAIL
