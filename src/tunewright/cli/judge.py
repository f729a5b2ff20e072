"""`tunewright judge`: what engines and people say of a report's answers."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="WHAT...")
@click.option("--human", is_flag=True, help="Write a page of blind pairs for people.")
@click.option("--read", "reading", is_flag=True, help="Take in WHAT people saved from such a page.")
@click.option("--recipe", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Ask the judges that this recipe names, instead of those of the release's own.")
@click.option("--pairs", type=click.IntRange(1, 1000), default=150, show_default=True,
              help="With --human: most pairs on the page. 100 to 200 tell most for the time they take.")
@click.option("--against", default="base", show_default=True, metavar="ARM",
              help="With --human: the arm that tuned is compared with.")
@click.option("--suite", multiple=True, default=("task",), show_default=True, metavar="SUITE",
              help="With --human: a suite whose answers are shown; may be given several times.")
@click.option("--seed", type=int, default=0, show_default=True, help="With --human: another seed draws other pairs.")
@options.by
@options.home
@options.as_json
def command(what: tuple[str, ...], human: bool, reading: bool, recipe: Path | None, pairs: int, against: str,
            suite: tuple[str, ...], seed: int, by: str | None, home: Path | None, as_json: bool) -> int:
    """Have answers judged.

    WHAT is a release (name@number) or a report's digest: its answers are shown to the judges that its recipe
    names. With --human it becomes a page for people: one file, offline, blind. With --read, WHAT are the files that
    people saved there. Judgements make a new report, and of a release the next one, with its own verdict.

    \b
    Exit codes: 0 done and the gate passed, 3 it failed, 4 it is undecided.

    --json prints {"report", "release", "outcome", "page"}; with --human {"page", "pairs", "same"}.
    """
    from tunewright.cli.judging import people, told

    if human and reading:
        raise click.UsageError("--human makes a page and --read reads its answers: give one of them")
    if human:
        return people(what, home, by, against, pairs, seed, suite, as_json)
    return told(what, home, by, recipe, reading, as_json)
