"""The base of every section of a recipe: frozen, keyword-only, no unknown keys, docstrings as descriptions."""

from pydantic import BaseModel, ConfigDict


class Spec(BaseModel):
    """A section of a recipe. Field docstrings are the help text, the JSON schema and the docs."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, strict=False)
