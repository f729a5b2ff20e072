"""Paired tests, intervals and power."""
