"""Find a base model (bundled `tiny`, local folder, hub id), read its licence, load it safely."""
