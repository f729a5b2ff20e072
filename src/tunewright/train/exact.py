"""Exact match while training: how many validation answers the model would give, token for token.

Nothing needs to be decoded for it. Greedy decoding gives exactly the expected answer if and only if every token of it
is the likeliest after those before it, and one pass over the expected answer shows that.
"""

from collections import Counter

import torch

from tunewright.core.errors import Fault
from tunewright.train import shards, together
from tunewright.train.job import Job
from tunewright.train.objectives import Row


@torch.no_grad()
def exact(job: Job) -> dict[str, float]:
    """`exact`, the share of the first `answers` validation records that are answered right; nothing unless asked for.

    Raises Fault if the objective knows no right answer.
    """
    if job.phase.answers is None or not job.validation:
        return {}
    if job.phase.objective != "sft":
        raise Fault(f"train: objective {job.phase.objective} knows no right answer: take `answers` out of its phase.")
    training, rows = job.model.training, job.validation[:job.phase.answers]
    job.model.eval()
    own = [[at] for at in together.share(job, rows, range(len(rows)))]
    right = sum(_right(job, rows[at]) and counts for (at,), counts in together.abreast(job, own))
    shards.rest(job.model)
    job.model.train(training)
    return {"exact": together.summed(job, Counter(right=right))["right"] / len(rows)}


def _right(job: Job, row: Row) -> bool:
    """Whether every supervised token is the likeliest one, given those before it."""
    (line,) = row.lines
    ids = line.ids.to(job.accelerator.device)
    logits = job.model(input_ids=ids[None, :-1], use_cache=False).logits[0]
    where = line.mask[1:].to(ids.device)
    return bool((logits[where].argmax(-1) == ids[1:][where]).all())
