"""The release now live, as an arm."""

from dataclasses import dataclass

from tunewright.base import Base
from tunewright.core.records import Model


@dataclass(frozen=True)
class Live:
    """Its reference, such as `support-desk@3`, its model, and the base that the model stands on."""

    reference: str
    model: Model
    base: Base
