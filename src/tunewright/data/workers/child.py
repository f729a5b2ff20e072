"""The program of one process that prepares rows: it reads its work and then batches from its input, until that ends."""

import os
import pickle
import signal
import sys

from tunewright.data.prepare import preparer


def main() -> None:
    """Answer each batch with what it became, or with the exception that stopped it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks ends this one
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not fall among the answers
    prepare = preparer(pickle.load(sys.stdin.buffer))
    while True:
        try:
            rows = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answer: object = prepare(rows)
        except Exception as error:  # noqa: BLE001 (it is raised where it can be told)
            answer = error
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    main()
