"""Find a base model (bundled `tiny`, local folder, hub id), read its licence, load it safely."""

from tunewright.base.base import TINY, Base, find
from tunewright.base.load import load_adapter, load_model, load_tokenizer, quiet_peft

__all__ = ["TINY", "Base", "find", "load_adapter", "load_model", "load_tokenizer", "quiet_peft"]
