"""Tuning and judging for `bench/tiny.py`: one arm, one setting, one seed."""

from __future__ import annotations

import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

Row = tuple[str, str, str]  # system, user, answer
Setting = tuple[float, int]  # learning rate, epochs


@dataclass
class Bench:
    """What all measurements share."""

    base: Path
    seeds: int
    quick: bool
    search: bool
    arms: list[str]
    tokenizer: Any


@dataclass
class Task:
    """Rows to learn from, rows to be judged on, and how to judge an answer (0 to 1)."""

    train: list[Row]
    test: list[Row]
    score: Callable[[str, str], float]
    limit: int


def build(bench: Bench, arm: str, seed: int) -> Any:
    """`lora`: adapters on tiny; `full`: all of tiny; `scratch`: the same shape with random weights."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(seed)
    if arm == "scratch":
        return AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(bench.base), dtype=torch.float32)
    model = AutoModelForCausalLM.from_pretrained(bench.base, dtype=torch.float32)
    if arm == "lora":
        model = get_peft_model(
            model, LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
        )
    return model


def encode(tokenizer: Any, row: Row) -> tuple[list[int], int]:
    """Token ids of the whole conversation, and where the answer begins."""
    turns = [{"role": "system", "content": row[0]}, {"role": "user", "content": row[1]}]
    head = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False)
    return head + tokenizer(row[2], add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id], len(head)


def tune(model: Any, tokenizer: Any, rows: Sequence[Row], setting: Setting, seed: int, batch: int = 16) -> None:
    """Plain supervised training: AdamW, 6 % warm-up, linear decay, loss on the answer only."""
    rate, epochs = setting
    coded = [encode(tokenizer, r) for r in rows]
    params = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(params, lr=rate, betas=(0.9, 0.98), weight_decay=0.0)
    per, rng, step = -(-len(coded) // batch), random.Random(seed), 0
    total = per * epochs
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    model.train()
    for _ in range(epochs):
        rng.shuffle(coded)
        for at in range(0, len(coded), batch):
            some = coded[at : at + batch]
            width = max(len(ids) for ids, _ in some)
            ids = torch.tensor([r + [0] * (width - len(r)) for r, _ in some])
            wanted = torch.tensor([[start <= j < len(r) for j in range(1, width)] for r, start in some])
            hidden = inner.model(input_ids=ids[:, :-1]).last_hidden_state
            loss = F.cross_entropy(inner.lm_head(hidden[wanted]), ids[:, 1:][wanted])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(params, 1.0)
            step += 1
            factor = min(step / max(1, 0.06 * total), (total - step + 1) / total)
            for group in optimiser.param_groups:
                group["lr"] = rate * factor
            optimiser.step()
            optimiser.zero_grad()


@torch.no_grad()
def answers(model: Any, tokenizer: Any, rows: Sequence[Row], limit: int) -> list[str]:
    """Greedy answers."""
    model.eval()
    heads = [(ids[:start], i) for i, (ids, start) in enumerate(encode(tokenizer, r) for r in rows)]
    heads.sort(key=lambda pair: len(pair[0]))
    out = [""] * len(rows)
    for at in range(0, len(heads), 32):
        some = heads[at : at + 32]
        width = max(len(h) for h, _ in some)
        ids = torch.tensor([[0] * (width - len(h)) + h for h, _ in some])
        mask = torch.tensor([[0] * (width - len(h)) + [1] * len(h) for h, _ in some])
        got = model.generate(input_ids=ids, attention_mask=mask, max_new_tokens=limit, do_sample=False)[:, width:]
        for (_, i), text in zip(some, tokenizer.batch_decode(got, skip_special_tokens=True), strict=True):
            out[i] = text
    return out


def exact(got: str, wanted: str) -> float:
    """1 for the very same text."""
    return float(got == wanted)


def field_f1(got: str, wanted: str) -> float:
    """F1 over the (key, value) pairs of two JSON objects."""
    try:
        a = json.loads(got)
    except ValueError:
        return 0.0
    b = json.loads(wanted)
    if not isinstance(a, dict):
        return 0.0
    return 2 * sum(k in a and a[k] == v for k, v in b.items()) / max(1, len(a) + len(b))


def interval(one: np.ndarray, other: np.ndarray, draws: int = 4000) -> list[float]:
    """95 % interval of the mean difference of two [seeds, items] tables, resampling both seeds and items."""
    rng, gap = np.random.default_rng(0), one - other
    means = [
        gap[rng.integers(len(gap), size=len(gap))][:, rng.integers(gap.shape[1], size=gap.shape[1])].mean()
        for _ in range(draws)
    ]
    return [round(float(q), 4) for q in np.quantile(means, [0.025, 0.975])]


def choose(bench: Bench, task: Task, grid: dict[str, list[Setting]]) -> dict[str, Setting]:
    """For each arm the setting that does best on a quarter of the training rows, kept back (seed 1000)."""
    rows = task.train[:]
    random.Random(1000).shuffle(rows)
    cut = min(200, len(rows) // 4)
    best: dict[str, Setting] = {}
    for arm in bench.arms:
        found: dict[Setting, float] = {}
        for setting in grid[arm]:
            model = build(bench, arm, 1000)
            tune(model, bench.tokenizer, rows[cut:], setting, 1000)
            got = answers(model, bench.tokenizer, rows[:cut], task.limit)
            found[setting] = float(np.mean([task.score(g, r[2]) for g, r in zip(got, rows[:cut], strict=True)]))
            print(f"  dev {arm} lr {setting[0]:g} epochs {setting[1]}: {found[setting]:.3f}", flush=True)
        best[arm] = max(found, key=lambda s: found[s])
    return best


def compare(
    bench: Bench,
    tasks: Callable[[int], Task],
    grid: dict[str, list[Setting]],
    scores: dict[str, Callable[[str, str], float]],
) -> dict[str, Any]:
    """Train and judge every arm on every seed; means, and the paired interval of each arm against scratch.

    The first setting of each arm's grid is the one the last search chose.
    """
    chosen = {a: g[0] for a, g in grid.items() if a in bench.arms}
    if bench.search:
        chosen = choose(bench, tasks(1000), grid)
    tables: dict[str, dict[str, list[list[float]]]] = {s: defaultdict(list) for s in scores}
    seconds: dict[str, float] = defaultdict(float)
    for seed in range(bench.seeds):
        task = tasks(seed)
        for arm in bench.arms:
            begun = time.time()
            model = build(bench, arm, seed)
            tune(model, bench.tokenizer, task.train, chosen[arm], seed)
            seconds[arm] += time.time() - begun
            got = answers(model, bench.tokenizer, task.test, task.limit)
            for name, score in scores.items():
                tables[name][arm].append([score(g, r[2]) for g, r in zip(got, task.test, strict=True)])
            print(
                f"  seed {seed} {arm}: " + ", ".join(f"{n} {np.mean(t[arm][-1]):.3f}" for n, t in tables.items()),
                flush=True,
            )
    out: dict[str, Any] = {
        "settings": {a: list(s) for a, s in chosen.items()},
        "rows": len(task.train),
        "items": len(task.test),
        "train_s": {a: round(s / bench.seeds, 1) for a, s in seconds.items()},
    }
    for name, table in tables.items():
        arrays = {a: np.array(t) for a, t in table.items()}
        out[name] = {a: round(float(t.mean()), 4) for a, t in arrays.items()}
        for arm, array in arrays.items():
            if arm != "scratch" and "scratch" in arrays:
                out[name][f"{arm}_minus_scratch_95"] = interval(array, arrays["scratch"])
    return out
