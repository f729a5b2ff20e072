"""Pre-training of `tiny`, the bundled base model, from scratch on a two-core CPU."""
