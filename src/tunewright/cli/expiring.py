"""How retention is shown, and what has expired is erased."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

import click

from tunewright import registry, verbs
from tunewright.cli.output import Screen, emit, table
from tunewright.cli.withdrawing import count
from tunewright.core.digest import short
from tunewright.core.errors import Fault
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


def erase(what: str | None, why: str | None, by: str | None, home: Path | None, *, dry_run: bool,
          as_json: bool) -> None:
    """Erase what has expired, or say what would be."""
    if what is not None:
        raise Fault(f"--erase is about all that is kept, not only {what}: leave {what} out.")
    done = verbs.expire(why=why, by=by, dry_run=dry_run or not why, home=home)
    reach, entry = done.reach, done.entry
    if as_json:
        emit({"entry": entry and entry.number, "records": done.records, "datasets": reach.datasets,
              "models": reach.models, "reports": reach.reports,
              "releases": [{"release": one.reference, "status": one.status} for one in reach.releases],
              "erased": done.erased})
        return
    screen = Screen()
    screen.flow()
    if entry:
        screen.say("expire", f"entry {entry.number} ({short(entry.digest)}) by {entry.by}")
    elif reach.datasets:
        screen.say("expire", "this is a dry run: nothing was changed")
    held = f"{count(done.records, 'record')} in {count(len(reach.datasets), 'dataset')}"
    screen.say("records", held if reach.datasets else "none that has expired is kept")
    for digest, parts in reach.datasets.items():
        screen.say("records", f"dataset {short(digest)}: {', '.join(parts)}")
    if reach.models or reach.reports:
        screen.say("reach", f"{count(len(reach.models), 'model')}, {count(len(reach.reports), 'report')}")
    for release in reach.releases:
        screen.say("releases", f"{release.reference}, {release.status}")
    if entry:
        screen.say("erased", f"{count(done.erased, 'file')}, written anew without them")
    elif reach.datasets and not why:
        screen.say("next", 'tunewright retention --erase --why "…"')


def _first(day: date | None, today: date) -> str:
    if day is None:
        return "never"
    return f"{day}, which is past" if day <= today else str(day)
