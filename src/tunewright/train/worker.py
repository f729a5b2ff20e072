"""One of the processes that torchrun starts: `python -m tunewright.train.worker ORDER`."""

import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.train.fit import fit
from tunewright.train.launch import Order


def main(path: str) -> None:
    """Train what the order says. The first process tells how it goes and makes the model; any tells a fault."""
    channel = os.dup(1)
    os.dup2(2, 1)  # what libraries print is no message

    def send(*message: Any) -> None:
        os.write(channel, (json.dumps(message) + "\n").encode())  # in one piece, for lines of a pipe's size

    order, first = Order.from_json(Path(path).read_text()), os.environ["RANK"] == "0"
    with tempfile.TemporaryDirectory() as folder:
        run = order.run
        if first:
            run.say, run.progress = (lambda *said: send("say", *said)), (lambda *said: send("progress", *said))
        else:
            run = replace(run, folder=Path(folder))  # what it writes down is nobody's
        try:
            model = fit(order.phase, order.start, order.dataset, order.name, run, order.shelf, order.compute)
        except Fault as fault:
            send("fault", str(fault))
            sys.exit(1)
        send("model", model.model_dump(mode="json"))


if __name__ == "__main__":
    main(sys.argv[1])
