"""What a training run will take, before it takes it: trainable share, steps, tokens, memory, time."""

from dataclasses import dataclass

from tunewright.core.span import span
from tunewright.train import methods, shards
from tunewright.train.job import Job
from tunewright.train.rehearsal import rehearse

_MOMENTS = 8  # bytes AdamW keeps for a trainable weight
# Values of fp32 size that a decoder layer keeps for the backward pass, per token: of the model's width (norms,
# attention's inputs and output, residuals) and of the feed-forward's width (gate, up, their product).
_WIDE, _INNER = 14, 4


@dataclass(frozen=True)
class Plan:
    """The run as foreseen. `tokens` are without padding, `memory` is in bytes, `seconds` is from a measured pass."""

    method: str
    trainable: int
    parameters: int
    steps: int
    tokens: int
    memory: int
    seconds: float
    rate: float

    @property
    def share(self) -> float:
        """Trainable weights as a share of all."""
        return self.trainable / self.parameters

    def __str__(self) -> str:
        return (f"{self.method} · {100 * self.share:.3g} % of {self.parameters / 1e6:.3g} M parameters"
                f" · learning rate {self.rate:g} · {self.steps:,} steps · {self.tokens:,} tokens"
                f" · {_size(self.memory)} · about {span(self.seconds)}")


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def plan(job: Job) -> Plan:
    """Foresee `job` from a rehearsal, which leaves it as it was. Raises Fault for what would stop the run."""
    rehearsed = rehearse(job)
    weights = job.weights.values()
    trainable = sum(weight.numel() for weight in weights)
    parameters = methods.parameters(job.model)
    epoch = sum(row.tokens for row in job.rows)
    tokens = round(epoch * job.steps / job.batches.per_epoch)
    method = f"lora r{job.phase.rank}" if job.phase.method == "lora" else job.phase.method
    # A validation only goes forward, which is a third of the work.
    checked = sum(row.tokens for row in job.validation) * (job.steps // job.validate_every) / 3
    return Plan(method, trainable, parameters, job.steps, tokens, rehearsed.memory or memory(job),
                (tokens + checked) * rehearsed.seconds, job.rate)


def memory(job: Job) -> int:
    """Bytes at the peak of a step: weights, gradients and moments, and what the largest pass keeps to go backward.

    An estimate: it counts what grows with model and pass, not the libraries (some 500 MB) nor the allocator's slack.
    """
    held, moved = map(shards.own, job.model.parameters()), map(shards.own, job.weights.values())
    stored = sum(weight.numel() * weight.element_size() for weight in held)
    learned = sum(weight.numel() * (weight.element_size() + _MOMENTS) for weight in moved)
    config = job.model.config.get_text_config()
    width, inner = config.hidden_size, getattr(config, "intermediate_size", None) or 4 * config.hidden_size
    size = 4 if job.accelerator.mixed_precision == "no" else 2
    longest = max(job.batches.lengths)
    padded = max(longest, min(job.phase.batch_tokens, longest * job.phase.batch))
    layer = padded * (_WIDE * width + _INNER * inner) * size
    again = job.phase.checkpoint_activations  # then a layer keeps what goes into it, and one of them is worked on
    kept = layer + padded * config.num_hidden_layers * width * size if again else layer * config.num_hidden_layers
    scored = max(sum(line.scored for line in row.lines) for row in job.rows) * max(1, padded // longest)
    return stored + learned + kept + scored * config.vocab_size * 4 * 3  # logits, their logarithms, their gradient
