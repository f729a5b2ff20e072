"""`tunewright copy`: bring a state folder's ledger and store to where others reach them."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@options.home
@options.as_json
def command(home: Path | None, as_json: bool) -> None:
    """Bring ledger and store elsewhere.

    Copies what lies in the state folder to the database that TUNEWRIGHT_LEDGER names and the place that
    TUNEWRIGHT_STORE names. What is there already is left; a copy that was stopped is taken up. If both ledgers have
    grown on their own, nothing is copied.

    --json prints {"entries", "objects", "erased"}: how much was new there.
    """
    import os
    from dataclasses import asdict

    from tunewright.cli.output import Screen, emit
    from tunewright.core.copy import copy
    from tunewright.core.errors import Fault
    from tunewright.core.home import find_home

    for name in ("TUNEWRIGHT_LEDGER", "TUNEWRIGHT_STORE"):
        if not os.environ.get(name):
            raise Fault(f"{name} is not set: it says where to copy to, e.g. TUNEWRIGHT_LEDGER=postgresql+psycopg://… "
                        "and TUNEWRIGHT_STORE=s3://bucket/prefix.")
    source, screen = find_home(named=home), Screen(notices=as_json)
    copied = copy(source, source.ledger, source.store,
                  lambda done, whole: screen.progress("copy", f"{done:,} of {whole:,} objects"))
    screen.clear()
    if as_json:
        emit(asdict(copied))
        return
    click.echo(f"copied {copied.entries:,} entries and {copied.objects:,} objects; {copied.erased:,} erased there too")
