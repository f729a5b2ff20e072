"""The `base` section: the pre-trained model we start from."""

from typing import Literal

from tunewright.recipe.spec import Spec


class BaseSpec(Spec):
    """A base by name, with its choices. In YAML a plain string is short for `{name: …}`."""

    name: str
    """`tiny` (bundled), a local folder, or a Hugging Face hub id."""
    revision: str | None = None
    """Hub commit or tag."""
    weights: Literal["pretrained", "random"] = "pretrained"
    """`random` keeps the architecture and forgets the weights: the honest baseline for what pre-training gives."""
    seed: int = 0
    """Seed of random weights."""
