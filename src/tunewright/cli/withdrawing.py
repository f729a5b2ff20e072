"""How a withdrawal is told: what held the records, what came from them, what was done, and what to do next."""

from dataclasses import asdict
from pathlib import Path

from tunewright import verbs
from tunewright.cli.output import Screen, emit
from tunewright.core.digest import short
from tunewright.core.errors import Fault
from tunewright.core.records import Dataset
from tunewright.withdraw import Withdrawal


def take_back(subject: str, why: str, by: str | None, home: Path | None, *, keep: bool, dry_run: bool,
              retrain: Path | None, as_json: bool) -> None:
    """Withdraw, tell it, and prepare the recipe's data anew if one is named."""
    if retrain and not retrain.is_file():  # said before anything is changed
        raise Fault(f"--retrain {retrain} is no file: name the recipe whose data is to be prepared anew.")
    done = verbs.withdraw(subject, why=why, by=by, keep=keep, dry_run=dry_run, home=home)
    screen = Screen(notices=as_json)
    screen.flow()
    _tell(done, screen, keep)
    remade = verbs.data(retrain, home=home, by=by) if retrain and not dry_run else None
    if as_json:
        emit(_document(done, remade))
    elif remade:
        gone = remade.counts.get("withdrawn", 0)
        screen.say("retrain", f"dataset {short(remade.digest)}: {remade.counts['records']:,} records, "
                              f"{gone:,} left out as withdrawn")
        screen.say("next", f"tunewright run {retrain}")


def _tell(done: Withdrawal, screen: Screen, keep: bool) -> None:
    reach = done.reach
    if done.entry is None:
        screen.say("withdraw", "this is a dry run: nothing was changed")
    elif done.again:
        screen.say("withdraw", f"the subject had withdrawn before: entry {done.entry.number} "
                               f"({short(done.entry.digest)}) by {done.entry.by}")
    else:
        screen.say("withdraw", f"entry {done.entry.number} ({short(done.entry.digest)}) by {done.entry.by}")
    held = f"{done.records:,} in {count(len(reach.datasets), 'dataset')}"
    screen.say("records", held if reach.datasets else "none is held; any that comes is left out")
    for digest, parts in reach.datasets.items():
        screen.say("records", f"dataset {short(digest)}: {', '.join(parts)}")
    for digest in sorted(reach.held.unknown):
        screen.say("records", f"dataset {short(digest)} cannot be read, so nobody can tell")
    if reach.models or reach.reports:
        screen.say("reach", f"{count(len(reach.models), 'model')} ({_shorts(reach.models)}), "
                            f"{count(len(reach.reports), 'report')}")
    for release in reach.releases:
        screen.say("releases", f"{release.reference}, {release.status}")
    _tell_answers(done, screen)
    if not done.again and done.entry:
        screen.say("erased", "nothing: --keep" if keep else f"{count(done.erased, 'file')}, written anew without them")
    if reach.live and done.entry:
        names = sorted({release.name for release in reach.live})
        screen.say("live", f"{', '.join(release.reference for release in reach.live)} still "
                           f"answer{'s' * (len(reach.live) == 1)}: retrain {', '.join(names)}, or roll back")


def _tell_answers(done: Withdrawal, screen: Screen) -> None:
    """What the audit trail holds of the subject: it is chained, and goes with its segments."""
    found = done.answers
    if found is None:
        screen.say("answers", "the audit trail cannot be read here, so nobody can tell which name the subject")
    elif found.named:
        text = f" ({found.with_text:,} with text)" if found.with_text else ""
        screen.say("answers", f"{count(found.named, 'record')} of the subject in the audit trail{text}, until its "
                              "retention is over")
    if found and found.figures:
        screen.say("answers", f"{count(found.figures, 'figure')} of judges and encoders taken away")


def _document(done: Withdrawal, remade: Dataset | None) -> dict[str, object]:
    reach, entry = done.reach, done.entry
    return {"answers": done.answers and asdict(done.answers),
            "entry": entry and entry.number, "subject": entry and entry.subject, "records": done.records,
            "datasets": reach.datasets, "unknown": sorted(reach.held.unknown), "models": reach.models,
            "reports": reach.reports,
            "releases": [{"release": one.reference, "status": one.status} for one in reach.releases],
            "live": [one.reference for one in reach.live], "erased": done.erased, "again": done.again,
            "retrained": remade and remade.digest}


def count(number: int, word: str) -> str:
    """`3 files`, `1 file`."""
    return f"{number:,} {word}{'s' * (number != 1)}"


def _shorts(digests: tuple[str, ...]) -> str:
    shown = ", ".join(short(digest) for digest in digests[:8])
    return shown + (f" and {len(digests) - 8:,} more" if len(digests) > 8 else "")
