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
| customer messages (`pretrain/banks/*.tsv`): labels, pairs, paraphrases, few-shot | 40 % | Apache-2.0, this project |
| generated extraction into JSON with random schemas | 19 % | Apache-2.0, this project |
| generated copying tasks (repeat, pick, reverse, look up, lists to JSON) | 18 % | Apache-2.0, this project |
| WordNet 3.0: definitions, fields, synonyms, broader words, example sentences | 10 % | WordNet licence, see below |
| long rows: several of the above in one document | 7 % | as above |
| generated questions, summaries, instructions, small sums, refusals, tool calls | 6 % | Apache-2.0, this project |
| GSM8K, training part only, as plain English | under 1 % | MIT, OpenAI |

Shares are approximate. No text of banking77, presidio-synth, XSTest, HarmBench, hh-rlhf or of any test file was
used. One intent in {held_share} of the phrase banks was kept out of training; the probe's `label_unseen` uses them.

WordNet 3.0 is Copyright 2006 by Princeton University. All rights reserved. It may be used, copied, modified and
distributed for any purpose and without fee; it is provided "as is", without warranty, and the name of Princeton
University may not be used in advertising or publicity pertaining to distribution. The full licence is in
the file `copyright` of the Debian package `wordnet-base`.
"""

HOW = """
## How it was trained

Muon (learning rate 0.008) for matrices, AdamW (0.003) for the rest, batches of 4,096 tokens, warm-up, constant rate,
linear decay at the end. Loss on answers and plain text only; the first token of an answer weighs more.

- **Its first weights are not all random.** An induction circuit is laid into head 0 of layers 0 and 1
  (`pretrain/wiring.py`): one head notes which token came before, the other finds the last place where the present
  token stood. From plain random weights, copying had not begun after 1.3 million tokens; so its copying is partly
  built in, not learnt. A comparison against random weights compares with plain random ones.
- **The mix was changed twice during the run**, at about 8 and 10 million tokens, after a look at what was not yet
  learnt: labels went from 27 to 54 and 68 % of the tokens. `pretrain/corpus.py` holds all mixes; a run from scratch
  follows them, but will not give the same bytes.
- Choices were made on generated probes and on rows of banking77's *training* part that were only ever used to
  fine-tune and judge throw-away copies, never for pre-training.
"""

TAIL = """
## Limits

- It knows almost nothing about the world, and its English is that of short support messages and definitions.
- Untuned answers to open questions are mostly wrong. Arithmetic is weak. Use it after fine-tuning.
- Untuned, it repeats a random list of three to ten words exactly in about 85 of 100 cases; the goal was 95.
- Untuned, it cannot pick the label of an intent it never saw (the probe's `label_unseen` is below chance, one in five).
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
    return head + HOW + TEXTS.format(held_share=held_share) + digests + table(progress["probes"]) + TAIL
