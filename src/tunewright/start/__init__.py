"""A start: the recipe, sample data and schema that `tunewright init` writes."""

from tunewright.start.write import schema, write

__all__ = ["schema", "write"]
