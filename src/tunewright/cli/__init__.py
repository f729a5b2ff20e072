"""The command line: one short file per verb. Heavy imports stay inside the call."""

from tunewright.cli.group import tunewright


def main() -> None:
    """Entry point of the `tunewright` command."""
    tunewright()
