"""The learning rate of a step: a pure function, so that a resumed run needs no state of it."""

import math

from tunewright.recipe import PhaseSpec

SMALL = 20_000_000
"""Models with fewer parameters learn at rates ten times and more above the usual ones."""

# (small model, usual sizes). Small: swept on a 3.8 M model, where LoRA at 2e-4 undertrains and at 1e-2 breaks, and IA3
# reaches .23 at 3e-2 and .42 at 1e-1 (bench/methods.py, 75 steps). The fewer weights, the longer their steps must be.
# Usual: what the papers and PEFT's users take; not measured here.
DEFAULTS = {"lora": (3e-3, 2e-4), "qlora": (3e-3, 2e-4), "hybrid": (1e-3, 5e-5), "full": (1e-3, 2e-5),
            "adapter": (3e-3, 3e-4), "prefix": (1e-2, 1e-3), "prompt": (3e-2, 3e-3), "bitfit": (1e-2, 1e-3),
            "ia3": (1e-1, 3e-3)}


def peak(phase: PhaseSpec, parameters: int) -> float:
    """The highest learning rate: the recipe's, else the method's default for a model of this many parameters."""
    if phase.learning_rate is not None:
        return phase.learning_rate
    small, usual = DEFAULTS[phase.method]
    return small if parameters < SMALL else usual


def share(phase: PhaseSpec, step: int, steps: int) -> float:
    """Share of the peak at `step` (from 0) of `steps`: rises through the warm-up, then decays towards zero."""
    warm = math.ceil(phase.warmup * steps)
    if step < warm:
        return (step + 1) / (warm + 1)
    if phase.schedule == "constant":
        return 1.0
    left = 1 - (step - warm) / max(1, steps - warm)
    return left if phase.schedule == "linear" else 0.5 - 0.5 * math.cos(math.pi * left)
