"""`tunewright withdraw`: take a person's records back."""

import sys
from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@click.option("--subject", required=True, metavar="ID",
              help="The person, as the records' `subject` column names them; - reads it from standard input.")
@options.why
@click.option("--keep", is_flag=True, help="Block and mark only; erase nothing of what is kept.")
@click.option("--retrain", type=click.Path(path_type=Path), metavar="RECIPE",
              help="Then prepare this recipe's data without the records.")
@options.dry_run
@options.by
@options.home
@options.as_json
def command(
    subject: str, why: str, keep: bool, retrain: Path | None, dry_run: bool, by: str | None, home: Path | None,
    as_json: bool,
) -> None:
    """Take a person's records back.

    One entry in the ledger, which names the person by a keyed digest. From then on the records are left out of every
    run, releases that came from them are marked and not promoted, and what the store keeps of them is erased. Model
    weights are not: the list says which to retrain.

    --json prints {"entry", "subject", "records", "datasets": {digest: parts}, "unknown", "models", "reports",
    "releases": [{"release", "status"}], "live", "answers": {"named", "with_text", "figures"}, "erased", "again",
    "retrained"}.
    """
    from tunewright.cli.withdrawing import take_back

    who = sys.stdin.readline().strip() if subject == "-" else subject
    take_back(who, why, by, home, keep=keep, dry_run=dry_run, retrain=retrain, as_json=as_json)
