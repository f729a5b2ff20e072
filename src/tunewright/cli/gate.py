"""`tunewright gate`: the verdict of a recipe's rules."""

from pathlib import Path

import click

from tunewright.cli import options
from tunewright.core.errors import Fault


@click.command()
@options.recipe
@click.option("--waive", metavar="RULE", multiple=True,
              help="Take a rule that did not pass on yourself, over this report; METRIC or `METRIC: RULE` "
                   "(repeatable).")
@click.option("--why", metavar="REASON", help="The reason of --waive, for the ledger.")
@options.dry_run
@options.strict
@options.by
@options.home
@options.as_json
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write the verdict as JUnit XML too.")
@click.option("--markdown", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the verdict as Markdown too, for a CI's summary or a pull request.")
def command(recipe: Path, waive: tuple[str, ...], why: str | None, dry_run: bool, strict: bool, by: str | None,
            home: Path | None, as_json: bool, junit: Path | None, markdown: Path | None) -> int:
    """Judge a recipe by its rules.

    Compares with the release that is live now, and makes no release; trains and measures first if need be. Exit
    code 0: pass, 3: fail, 4: undecided.

    A waived rule stands in nobody's way: the verdict says `pass (1 waived)` wherever it is shown. A waiver is about
    one report and one bound; `tunewright run` then makes the release.

    --json prints {"digest", "record"}, the record being the verdict.
    """
    from tunewright import gate
    from tunewright.cli.stage import OUTCOMES, record, waived
    from tunewright.core.records import Verdict

    if not waive and (why is not None or dry_run):
        raise Fault("--why and --dry-run go with --waive: name the rule that is waived.")
    if waive and not (why or "").strip():
        raise Fault("say why you waive: --why REASON goes into the ledger.")  # now, not after training
    verdict = waived(recipe, home, by, waive, why or "", dry_run, strict, as_json) if waive else record(
        recipe, home, by, "gate", strict, as_json)
    assert isinstance(verdict, Verdict)
    for path, told in ((junit, gate.junit), (markdown, gate.markdown)):
        if path:
            _write(path, told(verdict))
    return OUTCOMES[verdict.outcome]


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise Fault(f"{path} cannot be written ({error.strerror}): name a file in a folder that is there.") from error
