"""How releases and records are shown."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click

from tunewright import lineage, registry, verbs
from tunewright.cli.output import emit, table
from tunewright.core.digest import short
from tunewright.core.home import find_home
from tunewright.core.ledger import Entry
from tunewright.core.records import Dataset, Model, Origin, Record, Release, Report, RuleResult, Verdict


def releases(home: Path | None, as_json: bool) -> None:
    """Every release with its status."""
    standings = registry.status(find_home(named=home))
    if as_json:
        emit([asdict(standing) for standing in standings])
        return
    if not standings:
        click.echo("there are no releases yet: `tunewright run RECIPE` makes the first.", err=True)
        return
    table([[standing.reference, _status(standing), standing.verdict, short(standing.digest),
            standing.added_at[:16].replace("T", " "), standing.by] for standing in standings],
          ["release", "status", "verdict", "digest", "added (UTC)", "by"])


def _status(standing: registry.Standing) -> str:
    """The status, and whether records that the release came from were withdrawn since."""
    return f"{standing.status}, withdrawn records" if standing.withdrawals else standing.status


def record(reference: str, home: Path | None, as_json: bool) -> None:
    """One record and what it was made from."""
    at = find_home(named=home)
    found = verbs.show(reference, home=home)
    links = lineage.walk(at, found.digest)
    if as_json:
        emit({"record": found.model_dump(mode="json"), "digest": found.digest,
              "lineage": [asdict(link) for link in links]})
        return
    click.echo(f"{lineage.kind(found)} {short(found.digest)} · {lineage.title(found)}")
    for inner in _telling(found, links):
        click.echo()
        for line in _lines(inner):
            click.echo(line)
    click.echo()
    chain(links)
    story(lineage.about(at, found.digest))
    if isinstance(found, Release):
        steps(lineage.steps(at, found.digest))


def chain(links: Iterable[lineage.Link]) -> None:
    """The lineage as a table."""
    table([[link.kind, short(link.digest), link.title] for link in links], ["lineage", "digest", "what"])


def story(entries: Iterable[Entry]) -> None:
    """What the ledger says about it."""
    rows = [[entry.at[:19].replace("T", " "), entry.by, entry.action, entry.subject, entry.why] for entry in entries]
    if rows:
        click.echo()
        table(rows, ["when (UTC)", "who", "action", "what", "why"])


def steps(taken: Iterable[lineage.Step]) -> None:
    """The steps that the monitor took with a release, each with its evidence."""
    rows = [[one.entry.at[:19].replace("T", " "), one.evidence.title, short(one.evidence.digest)] for one in taken]
    if rows:
        click.echo()
        table(rows, ["monitor (UTC)", "step, rules and answers beside the live release", "digest"])


def _telling(found: Record, links: Iterable[lineage.Link]) -> list[Record]:
    """The records whose figures answer what a person wants to know of `found`."""
    if not isinstance(found, Release):
        return [found]
    kinds: dict[str, type[Record]] = {"report": Report, "verdict": Verdict, "model": Model}
    return [kinds[link.kind].model_validate(link.record) for link in links if link.kind in kinds]


def _origin(origin: Origin) -> str:
    """Where records of a dataset came from, and how drafts became records."""
    told = [f"{origin.rows:,} rows", origin.license, origin.basis]
    if one := origin.reviewed:
        rate = "" if one.rate is None else f", rate {one.rate:.2f} ({one.low:.2f} to {one.high:.2f})"
        told += [f"{one.kind} by {one.engine}", f"{one.accepted:,} accepted, {one.edited:,} edited, "
                                                f"{one.rejected:,} rejected{rate}", f"{one.unseen:,} used unseen"]
    return f"{origin.path:<24} {' · '.join(told)}"


def _said(rule: RuleResult) -> str:
    """What the data say of a rule, and who waived it."""
    waiver = rule.waiver
    return f"{rule.sentence} ({waiver.was}; waived by {waiver.by}: {waiver.why})" if waiver else rule.sentence


def _lines(found: Record) -> list[str]:
    match found:
        case Report():
            return [f"{metric.name:<24} {metric.arm:<10} {metric.value:8.4f}   95 % {metric.low:.4f} to "
                    f"{metric.high:.4f}   n {metric.n}" for metric in found.metrics]
        case Verdict():
            return [f"{rule.outcome:<10} {rule.metric} {rule.rule}: {_said(rule)}" for rule in found.rules]
        case Dataset():
            return [*(f"{name:<24} {count:,}" for name, count in found.counts.items()), *map(_origin, found.origins)]
        case Model():
            return [f"{name:<24} {value:g}" for name, value in found.metrics.items()]
    content = found.model_dump(mode="json", exclude_none=True)
    return [f"{name:<24} {value}" for name, value in content.items() if name != "record"]
