"""Faults a person can mend, and the exit code that each outcome of a command has."""

EXIT_OK = 0
EXIT_FAULT = 2
EXIT_GATE_FAILED = 3
EXIT_GATE_UNDECIDED = 4


class Fault(Exception):
    """A fault of input or surroundings, told in one sentence: what, where, how to mend. Exit code 2."""


class Undecided(Fault):
    """Only people can say how to go on: the sentence tells what they have to decide. Exit code 4."""


class Conflict(Fault):
    """Somebody else changed the ledger between our look at it and our entry."""


class Corrupt(Fault):
    """Bytes are not what their digest or the chain says they are."""
