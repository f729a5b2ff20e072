"""The pre-training loop: `python -m pretrain.run --help`.

Warm-up, stable learning rate, linear decay. The end is given in tokens, by the clock, or both;
`--decay-now` ends a run early with a short decay from its last checkpoint. Killed, it resumes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import torch

from pretrain import checkpoint, corpus, export, phrases, probe, tokens
from pretrain.model import Config, Tiny, loss
from pretrain.muon import Muon
from pretrain.wiring import wire

WORK = Path(__file__).parent / "work"
WARM = 60


@dataclass
class Progress:
    """What a resumed run must know; all of it goes into the manifest."""

    step: int = 0
    tokens: int = 0
    supervised: int = 0
    seconds: float = 0.0
    cursor: int = 0
    banks: dict[str, str] = field(default_factory=dict)
    probes: list[dict[str, float]] = field(default_factory=list)


def parse() -> argparse.Namespace:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m pretrain.run", description=__doc__)
    p.add_argument("--tokens", type=float, default=13e6, help="end after this many tokens (default 13e6)")
    p.add_argument("--until", default="", metavar="HH:MM", help="end at this time of day at the latest")
    p.add_argument("--decay", type=float, default=0.25, help="share of the run in which the learning rate falls to 0")
    p.add_argument(
        "--decay-now", type=float, default=0.0, metavar="TOKENS", help="resume and decay to 0 over this many tokens"
    )
    p.add_argument("--rows", type=int, default=16, help="rows of a batch")
    p.add_argument("--width", type=int, default=256, help="tokens of a row")
    p.add_argument("--far-every", type=int, default=8, help="every n-th step has rows four times as long (0: never)")
    p.add_argument("--lr", type=float, default=0.008, help="learning rate of Muon")
    p.add_argument("--rest-lr", type=float, default=3e-3, help="learning rate of AdamW (embedding, norms)")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--work", type=Path, default=WORK, help="folder for checkpoints and the log")
    p.add_argument("--export", type=Path, default=None, help="folder that gets the model every --export-every seconds")
    p.add_argument("--export-every", type=float, default=600)
    p.add_argument("--save-every", type=float, default=180, help="seconds between checkpoints")
    p.add_argument("--probe-every", type=float, default=1e6, help="tokens between probes")
    p.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True)
    p.add_argument("--threads", type=int, default=1)
    return p.parse_args()


def deadline(clock: str) -> float:
    """Seconds since the epoch of the next time the clock shows HH:MM."""
    hour, minute = map(int, clock.split(":"))
    now = datetime.now()
    end = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return (end if end > now else end + timedelta(days=1)).timestamp()


def scale(args: argparse.Namespace, done: Progress, begun: int, ends: float) -> float:
    """The learning rate's factor now; 0 or less means the run is over."""
    if args.decay_now:
        return float(1 - (done.tokens - begun) / args.decay_now)
    share = float(done.tokens / args.tokens)
    if ends:
        left = ends - time.time()
        share = max(share, done.seconds / (done.seconds + left) if left > 0 else 1.0)
    return min(1.0, (done.step + 1) / WARM, (1 - share) / float(args.decay))


def log(work: Path, entry: dict[str, object]) -> None:
    """One JSON line into the log and onto the screen."""
    line = json.dumps(entry)
    print(line, flush=True)
    with (work / "log.jsonl").open("a", encoding="utf-8") as handle:
        handle.write(line + "\n")


def tokenizer_of(work: Path, seed: int) -> Path:
    """The folder of the tokenizer; trained on the first call."""
    folder = work / "tokenizer"
    if not (folder / "chat_template.jinja").exists():
        tokens.save(tokens.train(corpus.natural(seed, 40_000)), folder)
    return folder


def main() -> None:
    """Train until the end, leaving checkpoints, a log and exports behind."""
    args = parse()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    args.work.mkdir(parents=True, exist_ok=True)
    folder = tokenizer_of(args.work, args.seed)
    model = Tiny(Config())
    wire(model)
    optimiser = Muon(model, args.lr, args.rest_lr)
    done = Progress(banks=phrases.digests())
    manifest = checkpoint.read(args.work)
    if manifest:
        checkpoint.restore(args.work, manifest, model, optimiser)
        done = Progress(**{k: manifest[k] for k in done.__dict__})
        done.banks |= phrases.digests()
    train(args, model, optimiser, done, folder)


def train(args: argparse.Namespace, model: Tiny, optimiser: Muon, done: Progress, folder: Path) -> None:
    """The loop itself."""
    tokenizer = tokens.load(folder)
    stream = corpus.Stream(tokenizer, args.seed, done.cursor)
    body = torch.compile(model.model, dynamic=False) if args.compile else model.model
    ends, begun = deadline(args.until) if args.until else 0.0, done.tokens
    saved = exported = tick = time.time()
    exported -= args.export_every - 240
    probed, mean = done.tokens, 0.0
    for _ in itertools.count():
        rate = scale(args, done, begun, ends)
        if rate <= 0:
            break
        far = bool(args.far_every) and done.step % args.far_every == args.far_every - 1
        batch = stream.batch(args.rows // 4, args.width * 4, True) if far else stream.batch(args.rows, args.width)
        value, count = loss(model, body, *(torch.from_numpy(x) for x in (batch.ids, batch.docs, batch.weights)))
        value.backward()
        optimiser.step(rate)
        now = time.time()
        done.seconds, tick = done.seconds + now - tick, now
        done.step, done.cursor = done.step + 1, stream.cursor
        done.tokens += int((batch.docs >= 0).sum())
        done.supervised += count
        if not far:
            mean = 0.95 * mean + 0.05 * value.item() if mean else value.item()
        if done.step % 50 == 0:
            log(
                args.work,
                {
                    "step": done.step,
                    "tokens": done.tokens,
                    "loss": round(mean, 4),
                    "rate": round(rate, 4),
                    "seconds": round(done.seconds),
                    "tokens_per_s": round(done.tokens / done.seconds),
                },
            )
        if done.tokens - probed >= args.probe_every:
            probed = done.tokens
            found = probe.measure(model, tokenizer, 40)
            done.probes.append({"tokens": done.tokens, **found})
            log(args.work, {"probe": done.probes[-1]})
        if now - saved >= args.save_every:
            saved = now
            checkpoint.save(args.work, model, optimiser, done.__dict__)
        if args.export and now - exported >= args.export_every:
            exported = now
            export.write(model, folder, args.export, done.__dict__)
    finish(args, model, optimiser, done, folder)


def finish(args: argparse.Namespace, model: Tiny, optimiser: Muon, done: Progress, folder: Path) -> None:
    """Last probe, last checkpoint, last export."""
    found = probe.measure(model, tokens.load(folder), 200)
    done.probes.append({"tokens": done.tokens, **found})
    log(args.work, {"probe": done.probes[-1], "end": True})
    checkpoint.save(args.work, model, optimiser, done.__dict__)
    if args.export:
        export.write(model, folder, args.export, done.__dict__)


if __name__ == "__main__":
    main()
