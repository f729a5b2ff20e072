"""Who acts: the name given with `--by`, else the operating-system user."""

import getpass


def actor(by: str | None = None) -> str:
    """The name that ledger entries carry. Never empty."""
    if by and by.strip():
        return by.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
