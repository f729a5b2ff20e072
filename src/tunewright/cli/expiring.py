"""How retention is shown."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

import click

from tunewright import registry, verbs
from tunewright.cli.output import emit, table
from tunewright.core.digest import short
from tunewright.core.home import find_home
from tunewright.core.records import Dataset

_SHOWN = 20  # days told in lines; --json has all


def one(what: str, home: Path | None, as_json: bool) -> None:
    """When the records of one dataset expire."""
    today = datetime.now(UTC).date()
    found = verbs.retention(what, home=home)
    expired = found.expired(today)
    if as_json:
        emit({"dataset": found.dataset, "records": found.records, "expired": expired,
              "expiries": [asdict(expiry) for expiry in found.expiries]})
        return
    said = f"{expired:,} expired by {today}: run the recipe again" if expired else f"none has expired by {today}"
    click.echo(f"dataset {short(found.dataset)} · {found.records:,} records, {said}")
    click.echo()
    dated, never = ([expiry for expiry in found.expiries if bool(expiry.day) == wanted] for wanted in (True, False))
    table([[str(expiry.day or "never"), f"{expiry.records:,}", expiry.source, expiry.retention]
           for expiry in (*dated[:_SHOWN], *never)], ["from", "records", "source", "retention"])
    if len(dated) > _SHOWN:
        click.echo(f"… and {len(dated) - _SHOWN:,} more until {dated[-1].day}: `--json` lists all")


def releases(home: Path | None, as_json: bool) -> None:
    """The first day on which a record of each release's dataset may no longer be used."""
    at = find_home(named=home)
    today = datetime.now(UTC).date()
    rows = []
    for standing in registry.status(at):
        digest = registry.read(at, standing.digest).dataset
        dataset = Dataset.model_validate(at.store.get_json(digest))
        rows.append((standing, dataset))
    if as_json:
        emit([{"release": standing.reference, "status": standing.status, "dataset": dataset.digest,
               "expires": dataset.expires} for standing, dataset in rows])
        return
    if not rows:
        click.echo("there are no releases yet: `tunewright run RECIPE` makes the first.", err=True)
        return
    table([[standing.reference, standing.status, short(dataset.digest), _first(dataset.expires, today)]
           for standing, dataset in rows], ["release", "status", "dataset", "first record expires"])


def _first(day: date | None, today: date) -> str:
    if day is None:
        return "never"
    return f"{day}, which is past" if day <= today else str(day)
