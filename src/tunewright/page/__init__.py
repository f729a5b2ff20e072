"""`report.html`: one self-contained file that shows a run."""
