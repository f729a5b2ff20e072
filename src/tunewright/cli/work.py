"""`tunewright work`: run the fine-tuning jobs that a gateway takes."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@options.recipe
@click.option("--once", is_flag=True, help="End when no job waits.")
@options.home
def command(recipe: Path, once: bool, home: Path | None) -> None:
    """Run fine-tuning jobs.

    Takes jobs that a gateway queued (`tunewright serve --jobs RECIPE`) and runs each through the whole pipeline, gate
    included. RECIPE says what every job has in common: base, licence and basis of what is uploaded, what is done with
    personal data, suites and gate. Several workers share one queue. Ctrl-C or SIGTERM puts the job under way back; it
    goes on where it stopped.
    """
    import signal
    import threading

    from tunewright.core.home import find_home
    from tunewright.tuning import read
    from tunewright.tuning.work import work

    stop, template = threading.Event(), read(recipe)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    _say("work", f"jobs on base {template.base.name}, by {recipe.name}")
    work(find_home(create=True, named=home), template, stop, once=once, say=_say)


def _say(stage: str, text: str) -> None:
    click.echo(f"{stage:<10}{text}", err=True)
