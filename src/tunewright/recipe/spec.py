"""The base of every section of a recipe: frozen, keyword-only, no unknown keys, docstrings as descriptions."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[int, Field(gt=0)]


class Spec(BaseModel):
    """A section of a recipe. Field docstrings are the help text, the JSON schema and the docs."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, strict=False,
                              allow_inf_nan=False)
