"""The `canaries` part of the `data` section: random secrets to measure with what a model keeps word for word."""

from pydantic import field_validator, model_validator

from tunewright.core.canaries import FALSE, MARK, parse
from tunewright.recipe.spec import Positive, Spec


class CanariesSpec(Spec):
    """Secrets that are planted in the training part, and there only."""

    count: Positive = 8
    """How many different secrets."""
    repeat: Positive = 4
    """How often each of them stands in the training part."""
    format: str = "The code of locker {canary} is {digits:4}."
    """What the records say: `{canary}` is the canary's number; the secret is `{digits:N}` or `{words:N}` (made-up
    words of two syllables), drawn evenly from all there are."""
    seed: int = 0
    """Seed of the secrets."""

    @field_validator("format")
    @classmethod
    def _readable(cls, value: str) -> str:
        parse(value)
        return value

    @model_validator(mode="after")
    def _told_apart(self) -> "CanariesSpec":
        if self.count > 1 and MARK not in self.format:
            raise ValueError(f"canaries: `format` needs `{MARK}`, which tells {self.count} canaries apart")
        space, needed = parse(self.format).space, round(self.count / FALSE)
        if space < needed:
            raise ValueError(f"canaries: `format` has {space:,} secrets, and with fewer than {needed:,} none of "
                             f"{self.count} canaries could be flagged: take more digits")
        return self
