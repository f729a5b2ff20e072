"""Drafts: records that an engine proposes, checked as untrusted input, and used once a person's review says so."""

from tunewright.data.drafts.settle import settle

__all__ = ["settle"]
