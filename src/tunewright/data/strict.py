"""`--strict`: a source is taken whole or not at all.

It is an option and not a word of the recipe, because it changes no dataset: where nothing is refused, the dataset is
the same with it and without it. It says what a run may accept, as a pipeline that nobody watches should.
"""

from collections.abc import Sequence

from tunewright.core.errors import Fault
from tunewright.core.run import Run

SHOWN = 20
"""Most refused records that are told; reading stops there."""


def require_none(refused: Sequence[str], run: Run) -> None:
    """Say what is wrong with each refused record, at most `SHOWN`, and raise Fault if there is one."""
    if not refused:
        return
    for sentence in refused[:SHOWN]:
        run.say("refused", sentence)
    many = f"{len(refused)} record{'s' * (len(refused) > 1)}" if len(refused) < SHOWN else f"{SHOWN} records or more"
    raise Fault(f"{many} cannot be used, the first {refused[0]}; --strict takes a source whole or not at all: mend "
                "them, or leave --strict out.")
