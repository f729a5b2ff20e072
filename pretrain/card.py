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
| trained | {tokens:,} tokens ({supervised:,} with a loss) in {step:,} steps and {minutes:,} minutes on two cores |
| weights | fp16 safetensors |
"""

TEXTS = """
## Every text it saw

| text | share of tokens | licence |
|---|---|---|
| lessons of meaning: customer messages, wishes about random nouns, WordNet's definitions, examples | 27 % | as below |
| generated copying tasks (repeat, pick, reverse, look up, lists to JSON) | 22 % | Apache-2.0, this project |
| customer messages (`pretrain/banks/*.tsv`): labels, pairs, paraphrases, few-shot | 15 % | Apache-2.0, this project |
| generated extraction into JSON with random schemas | 16 % | Apache-2.0, this project |
| long rows: several of the kinds here in one document | 9 % | as the kinds |
| WordNet 3.0: definitions, fields, synonyms, broader words, example sentences | 6 % | WordNet licence, see below |
| generated questions, summaries, instructions, small sums, refusals, tool calls | 5 % | Apache-2.0, this project |
| GSM8K, training part only, as plain English | under 1 % | MIT, OpenAI |

Shares are approximate. No text of banking77, presidio-synth, XSTest, HarmBench, hh-rlhf or of any test file was
used. One intent in {held_share} of the phrase banks was kept out of training; the probe's `label_unseen` uses them.

It also learnt from a model: `sentence-transformers/all-MiniLM-L6-v2` (Apache-2.0), a sentence encoder. The embedding
of words began with its vectors of them, and over the lessons `tiny` learnt to predict its vectors of the texts. None of
its weights are in here. What that encoder was trained on is told by its own card; some of those sets are for research.

WordNet 3.0 is Copyright 2006 by Princeton University. All rights reserved. It may be used, copied, modified and
distributed for any purpose and without fee; it is provided "as is", without warranty, and the name of Princeton
University may not be used in advertising or publicity pertaining to distribution. The full licence is in
the file `copyright` of the Debian package `wordnet-base`.
"""

HOW = """
## How it was trained

Muon (learning rate 0.008) for matrices, AdamW (0.003) for the rest, batches of 4,096 tokens, warm-up, constant rate,
linear decay at the end. Loss on answers and plain text only; the first token of an answer weighs more. Five rows in
sixteen are lessons of meaning: from the state after the third block, where an answer would begin, a product that is
thrown away afterwards predicts the teacher's vector of the text.

- **Its first weights are not all random** (`pretrain/wiring.py`, `pretrain/teacher.py`). An induction circuit is laid
  into head 0 of layers 0 and 1: one head notes which token came before, the other finds the last place where the
  present token stood. Four heads of layers 0 to 2 begin as means over all positions. Words begin with the teacher's
  vectors, half of their power random. So its copying and its knowledge of words are partly built in, not learnt. A
  comparison against random weights compares with plain random ones.
- **It was mended on the way**, so a run from scratch will not give the same bytes. Up to 2.4 million tokens AdamW ran
  at 0.001, which is too slow for norms and embeddings: copying had not begun. At 10.1 million tokens the rate had
  fallen to nothing once, as at the end of a run; training went on from there at the full rate, with a little more
  extraction in the mix, and the rate fell over the last quarter up to 29.1 million. From 24.8 million tokens on,
  requests to repeat came in more wordings: one that was none of the few before was answered now as a copy and now as
  something else. From 29.1 million on copying got 48 % of the text, with more lists of words of few syllables or
  letters, where the token before does not tell which place is being copied; there the rate began at three eighths and
  fell to nothing three times, at 31.8, 33.7 and 35.2 million.
- Choices were made on generated probes and on rows of banking77's *training* part, of intents that `bench/tiny.py`
  does not use; those rows only ever fine-tuned and judged throw-away copies, never pre-trained.
"""

TAIL = """
## Limits

- It knows almost nothing about the world, and its English is that of short support messages and definitions.
- Untuned answers to open questions are mostly wrong. Arithmetic is weak. Use it after fine-tuning.
- Untuned, it still gets one random list of invented words in some twenty wrong when it repeats them (`bench/tiny.py`).
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
