"""Held-out items asked in another way, of which the right answer stays the same."""
