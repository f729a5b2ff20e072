"""The pre-training loop: `python -m pretrain.run --help`.

Warm-up, stable learning rate, linear decay. The end is given in tokens, by the clock, or both;
`--decay-now` ends a run early with a short decay from its last checkpoint. Killed, it resumes.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from pretrain import checkpoint, corpus, export, phrases, probe, sense, teacher, tokens
from pretrain.model import Config, Tiny, loss, visible
from pretrain.muon import Muon
from pretrain.wiring import gather, wire

WORK = Path(__file__).parent / "state"
WARM = 60
ANCHOR = 0.005  # share of the way back to its meaning that a word's embedding goes in a step


class Pupil(nn.Module):
    """`tiny` and the product that turns its states into the teacher's vectors; only `tiny` is exported."""

    def __init__(self) -> None:
        """Random weights."""
        super().__init__()
        self.tiny = Tiny(Config())
        self.embed_sense = nn.Linear(self.tiny.c.width, teacher.WIDTH)  # its name puts it among AdamW's
        self.register_buffer("anchor", torch.zeros(self.tiny.c.vocab, self.tiny.c.width))
        self.register_buffer("pull", torch.zeros(self.tiny.c.vocab, 1))

    @torch.no_grad()
    def hold(self, rate: float) -> None:
        """Pull the embedding of words a little towards what they mean, as weight decay pulls towards zero."""
        weight = self.tiny.model.embed_tokens.weight
        weight.add_(ANCHOR * rate * self.get_buffer("pull") * (self.get_buffer("anchor") - weight))


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
    p.add_argument("--tokens", type=float, default=30e6, help="end after this many tokens (default 30e6)")
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
    p.add_argument("--sense-rows", type=int, default=5, help="rows of a batch that teach meaning")
    p.add_argument("--sense-weight", type=float, default=4.0, help="of the loss on meaning, beside 1 for text")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--work", type=Path, default=WORK, help="folder for checkpoints and the log")
    p.add_argument("--export", type=Path, default=None, help="folder that gets the model every --export-every seconds")
    p.add_argument("--export-every", type=float, default=600)
    p.add_argument("--save-every", type=float, default=180, help="seconds between checkpoints")
    p.add_argument("--probe-every", type=float, default=1e6, help="tokens between probes")
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
    pupil = Pupil()
    optimiser = Muon(pupil, args.lr, args.rest_lr)
    done = Progress(banks=phrases.digests())
    manifest = checkpoint.read(args.work)
    if manifest:
        checkpoint.restore(args.work, manifest, pupil, optimiser)
        done = Progress(**{k: manifest[k] for k in done.__dict__})
        done.banks |= phrases.digests()
    else:
        prepare(pupil, folder, args.work)
    train(args, pupil, optimiser, done, folder)


def prepare(pupil: Pupil, folder: Path, work: Path) -> None:
    """First weights: each piece of the vocabulary begins with its meaning, and the circuits are laid."""
    tiny, tokenizer = pupil.tiny, tokens.load(folder)
    pieces = [tokenizer.decode([i], skip_special_tokens=False).strip() or "." for i in range(tiny.c.vocab)]
    means = teacher.words(pieces)
    norm = tiny.c.spread * tiny.c.width**0.5
    rows = teacher.first_embedding(teacher.kept(work, pieces), means, tiny.c.width, norm)
    with torch.no_grad():
        tiny.model.embed_tokens.weight.copy_(rows)
    pupil.anchor.copy_(rows)
    pupil.pull.copy_(means[:, None])
    wire(tiny)
    gather(tiny)


def step(args: argparse.Namespace, pupil: Pupil, batch: corpus.Batch, asked: sense.Asked | None) -> dict[str, float]:
    """Gradients of one batch; its losses and counts."""
    ids, docs, weights = batch.ids, batch.docs, batch.weights
    if asked:
        ids, docs = np.concatenate((ids, asked.ids)), np.concatenate((docs, asked.docs))
        weights = np.concatenate((weights, np.zeros_like(asked.ids, dtype=np.float32)))
    given = torch.from_numpy(ids)
    cos, sin = pupil.tiny.tables(given.shape[1] - 1)
    hidden, middle = pupil.tiny.model(given[:, :-1], visible(torch.from_numpy(docs)[:, :-1]), cos, sin, sense.TAP)
    value, count = loss(pupil.tiny, hidden, given, torch.from_numpy(weights))
    gap = 0.0 * pupil.embed_sense.weight.sum() + 0.0 * pupil.embed_sense.bias.sum()  # long rows teach no meaning
    if asked:
        gap = sense.distance(pupil.embed_sense, middle[len(batch.ids) + asked.row, asked.column], asked.wanted)
    total: Tensor = value + args.sense_weight * gap
    total.backward()
    return {"loss": value.item(), "sense": gap.item(), "supervised": count, "tokens": int((docs >= 0).sum())}


def train(args: argparse.Namespace, pupil: Pupil, optimiser: Muon, done: Progress, folder: Path) -> None:
    """The loop itself."""
    tokenizer = tokens.load(folder)
    stream, lessons = corpus.Stream(tokenizer, args.seed, done.cursor), sense.Lessons(tokenizer, args.work, args.seed)
    ends, begun = deadline(args.until) if args.until else 0.0, done.tokens
    saved = exported = tick = time.time()
    probed, mean = done.tokens, {"loss": 0.0, "sense": 0.0}
    while (rate := scale(args, done, begun, ends)) > 0:
        far = bool(args.far_every) and done.step % args.far_every == args.far_every - 1
        if far:
            got = step(args, pupil, stream.batch(args.rows // 4, args.width * 4, True), None)
        else:
            asked = lessons.rows(done.step, args.sense_rows, args.width)
            got = step(args, pupil, stream.batch(args.rows - args.sense_rows, args.width), asked)
            mean = {k: 0.95 * v + 0.05 * got[k] if v else got[k] for k, v in mean.items()}
        optimiser.step(rate)
        pupil.hold(rate)
        now = time.time()
        done.seconds, tick = done.seconds + now - tick, now
        done.step, done.cursor = done.step + 1, stream.cursor
        done.tokens += int(got["tokens"])
        done.supervised += int(got["supervised"])
        if done.step % 50 == 0:
            entry = {"step": done.step, "tokens": done.tokens, **{k: round(v, 4) for k, v in mean.items()}}
            log(args.work, {**entry, "rate": round(rate, 4), "tokens_per_s": round(done.tokens / done.seconds)})
        if done.tokens - probed >= args.probe_every:
            probed = done.tokens
            done.probes.append({"tokens": done.tokens, **probe.measure(pupil.tiny, tokenizer, 40)})
            log(args.work, {"probe": done.probes[-1]})
        if now - saved >= args.save_every:
            saved = now
            checkpoint.save(args.work, pupil, optimiser, done.__dict__)
        if args.export and now - exported >= args.export_every:
            exported = now
            export.write(pupil.tiny, folder, args.export, done.__dict__)
    finish(args, pupil, optimiser, done, folder)


def finish(args: argparse.Namespace, pupil: Pupil, optimiser: Muon, done: Progress, folder: Path) -> None:
    """Last probe, last checkpoint, last export."""
    found = probe.measure(pupil.tiny, tokens.load(folder), 200)
    done.probes.append({"tokens": done.tokens, **found})
    log(args.work, {"probe": done.probes[-1], "end": True})
    checkpoint.save(args.work, pupil, optimiser, done.__dict__)
    if args.export:
        export.write(pupil.tiny, folder, args.export, done.__dict__)


if __name__ == "__main__":
    main()
