"""The command line: one short file per verb. Heavy imports stay inside the call."""


def main() -> None:
    """Entry point of the `tunewright` command."""
    raise SystemExit(0)
