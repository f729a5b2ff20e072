"""Feedback: what clients say of answers, kept in the audit trail, and given back as records to learn from."""

from tunewright.serve.feedback.export import ACTION, Exported, export
from tunewright.serve.feedback.give import paths
from tunewright.serve.feedback.said import Said, Summary, said, summary

__all__ = ["ACTION", "Exported", "Said", "Summary", "export", "paths", "said", "summary"]
