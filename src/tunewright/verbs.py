"""The verbs as Python functions: what `tunewright VERB` does, without printing. They take paths, return records.

`home` is the state folder; unless given it is found as the command finds it. With `strict`, a source of which any
record cannot be used is refused whole.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tunewright import lineage, pipeline, registry, start
from tunewright.base import Base, find
from tunewright.core.digest import short
from tunewright.core.errors import Fault
from tunewright.core.home import Home, find_home
from tunewright.core.identity import actor
from tunewright.core.ledger import Entry, Head
from tunewright.core.records import Dataset, Model, Record, Release, Report, Verdict
from tunewright.core.run import Say, silent
from tunewright.recipe import BaseSpec, Recipe, load

if TYPE_CHECKING:
    from tunewright.data.lint import Lint
    from tunewright.data.schedule import Schedule
    from tunewright.evaluate.advise import Advice
    from tunewright.judge import Outcome as Judging
    from tunewright.serve.feedback import Exported, Summary
    from tunewright.withdraw import Expired, Withdrawal

Where = Path | str | None
Named = Path | str | Recipe


def run(recipe: Named, *, home: Where = None, by: str | None = None, strict: bool = False) -> Release:
    """The release that a recipe makes, or the one that already holds it."""
    return pipeline.run(recipe, home=home, by=by, strict=strict)


def data(recipe: Named, *, home: Where = None, by: str | None = None, strict: bool = False) -> Dataset:
    """The dataset that a recipe's sources make."""
    with pipeline.opened(recipe, home=home, by=by, strict=strict) as opened:
        return opened.dataset


def train(recipe: Named, *, home: Where = None, by: str | None = None, strict: bool = False) -> Model:
    """The model that a recipe trains, its data prepared and proven first."""
    with pipeline.opened(recipe, home=home, by=by, strict=strict) as opened:
        return opened.model


def advise(recipe: Named, *, home: Where = None, by: str | None = None, strict: bool = False) -> "Advice":
    """Whether fine-tuning is worth it, from what the arms of a recipe reach that need no training."""
    with pipeline.opened(recipe, home=home, by=by, strict=strict) as opened:
        return opened.advice()


def evaluate(recipe: Named, *, home: Where = None, by: str | None = None, strict: bool = False) -> Report:
    """The measurements of every arm of a recipe, its model trained first."""
    with pipeline.opened(recipe, home=home, by=by, strict=strict) as opened:
        return opened.report


def gate(recipe: Named, *, home: Where = None, by: str | None = None, strict: bool = False) -> Verdict:
    """The gate's answer about a recipe's report, against the release that is live."""
    with pipeline.opened(recipe, home=home, by=by, strict=strict) as opened:
        return opened.verdict


def judge(
    reference: str, *, recipe: Path | str | None = None, home: Where = None, by: str | None = None, say: Say = silent,
    progress: Say = silent,
) -> "Judging":
    """Have a release's or a report's answers judged, by the judges of `recipe` if given, else of the release's own."""
    from tunewright import judge as room

    at = find_home(named=home)
    loaded = load(Path(recipe)) if recipe else None
    return room.again(at, reference, loaded.recipe.evaluate.judges if loaded else None,
                      loaded.folder if loaded else at.path.parent, actor(by), say, progress)


def merge(reference: str, *, why: str, by: str | None = None, home: Where = None) -> Model:
    """The whole model of an adapter (a release's, or a model's) and its base. Raises Fault if that cannot be."""
    from tunewright.train import merge as merging

    if not why.strip():
        raise Fault("say why you merge: --why REASON goes into the ledger.")
    at = find_home(named=home)
    record = _record(at, reference)
    model = lineage.load(at, record.model) if isinstance(record, Release) else record
    if not isinstance(model, Model):
        raise Fault(f"{reference} is a {lineage.kind(record)}, and merge takes a release or a model: "
                    "`tunewright show` tells the model of each.")
    merging.refuse(model)
    whole = merging.merge(model, _base_of(at, model), at.store)
    at.ledger.append("merge", reference, by=actor(by), why=why,
                     data={"model": at.store.put_record(whole), "adapter": model.digest})
    return whole


def _base_of(home: Home, model: Model) -> Base:
    """The base that a model stands on, found as its release's recipe names it. Raises Fault if it is another now."""
    recipes = (entry.data["recipe"] for entry in lineage.about(home, model.digest) if "recipe" in entry.data)
    recipe = next((lineage.load(home, digest) for digest in recipes), None)
    base = find(recipe.base if isinstance(recipe, Recipe) else BaseSpec(name=model.base_name), home.path.parent)
    if base.digest != model.base:
        raise Fault(f"base {base.name} is now {short(base.digest)}, and the model was trained on {short(model.base)}: "
                    "bring that base back, or run the recipe again.")
    return base


def serve(
    names: Sequence[str] = (), *, host: str = "127.0.0.1", port: int = 8000, engine: str | None = None,
    device: str | None = None, home: Where = None, by: str | None = None,
) -> None:
    """Answer with the live releases of `names` (all, if none is named) until SIGTERM or SIGINT."""
    from tunewright.serve.run import listen
    from tunewright.serve.run import serve as answer

    with listen(host, port) as listening:
        answer(find_home(named=home), listening, names, engine=engine, device=device, by=by)


def feedback(name: str, *, home: Where = None) -> "list[Summary]":
    """What clients said of the answers of `name` (or of one release, `name@3`), release by release."""
    from tunewright.serve.feedback import said, summary

    return summary(said(find_home(named=home), name))


def export_feedback(
    name: str, kind: Literal["sft", "preference"], path: Path, *, why: str, by: str | None = None, home: Where = None,
) -> "Exported":
    """Write what clients said of the answers of `name` as records to learn from. Raises Fault if none can be made."""
    from tunewright.serve.feedback import export

    return export(find_home(named=home), name, kind, path, actor(by), why)


def promote(
    reference: str, *, why: str, by: str | None = None, override: bool = False, dry_run: bool = False,
    home: Where = None,
) -> registry.Change:
    """Make a release live. Raises Fault unless its verdict is pass (or `override`), Conflict if a race was lost."""
    return registry.promote(find_home(named=home), reference, actor(by), why, override=override, dry_run=dry_run)


def canary(
    reference: str, share: float, *, why: str, by: str | None = None, arm: str = registry.CANARY, shadow: bool = False,
    override: bool = False, dry_run: bool = False, home: Where = None,
) -> registry.Change:
    """Let a release answer a share of what is asked of its name, or with `shadow` be asked it and answer nobody."""
    return registry.canary(find_home(named=home), reference, share, actor(by), why, arm=arm, shadow=shadow,
                           override=override, dry_run=dry_run)


def abort(
    name: str, *, why: str, by: str | None = None, arm: str | None = None, dry_run: bool = False, home: Where = None,
) -> registry.Change:
    """Take a canary away: the live release answers all again."""
    return registry.abort(find_home(named=home), name, actor(by), why, arm=arm, dry_run=dry_run)


def rollback(
    name: str, *, why: str, by: str | None = None, dry_run: bool = False, home: Where = None,
) -> registry.Change:
    """Take canaries away if there are any, else make the release live that was live before."""
    return registry.rollback(find_home(named=home), name, actor(by), why, dry_run=dry_run)


def withdraw(
    subject: str, *, why: str, by: str | None = None, keep: bool = False, dry_run: bool = False, home: Where = None,
) -> "Withdrawal":
    """Withdraw a person's records: block them, mark what came from them and, unless `keep`, erase what is kept."""
    from tunewright import withdraw as room
    from tunewright.monitor.withdrawal import answers

    at = find_home(named=home)
    done = room.withdraw(at, subject, actor(by), why, keep=keep, dry_run=dry_run)
    return replace(done, answers=answers(at, subject, erase=not (keep or dry_run)))


def expire(*, why: str | None = None, by: str | None = None, dry_run: bool = False, home: Where = None) -> "Expired":
    """Erase the records that may no longer be used today from all dataset versions, and what is kept of them."""
    from tunewright import withdraw as room

    return room.erase_expired(find_home(named=home), datetime.now(UTC).date(), actor(by), why, dry_run=dry_run)


def retention(what: Path | str, *, home: Where = None) -> "Schedule":
    """What expires when: of the dataset that a recipe makes, of a release's, or of one named by digest."""
    from tunewright.data.schedule import schedule

    if Path(what).is_file():
        with pipeline.opened(Path(what), home=home) as opened:
            return schedule(opened.run.home.store, opened.dataset)
    at = find_home(named=home)
    record = _record(at, str(what))
    dataset = lineage.load(at, record.dataset) if isinstance(record, Release | Report | Model) else record
    if not isinstance(dataset, Dataset):
        raise Fault(f"{what} is a {lineage.kind(record)}, and retention takes a recipe, a dataset, or what came from "
                    "one: `tunewright show` tells the dataset of each.")
    return schedule(at.store, dataset)


def show(reference: str, *, home: Where = None) -> Record:
    """The record that `name@live`, `name@3` or a digest prefix names."""
    return _record(find_home(named=home), reference)


def _record(home: Home, reference: str) -> Record:
    if "@" in reference or reference in registry.fold(home).names:
        return registry.resolve(home, reference)
    return lineage.find(home, reference)


def log(name: str | None = None, *, home: Where = None) -> tuple[Entry, ...]:
    """The ledger's entries, oldest first; with `name`, those about it."""
    at = find_home(named=home)
    return registry.history(at, name) if name else tuple(at.ledger.entries())


def diff(a: str, b: str, *, home: Where = None) -> lineage.Diff:
    """What changed from one record to another of its kind."""
    at = find_home(named=home)
    return lineage.diff(at, _record(at, a), _record(at, b))


def explain(response: str, *, home: Where = None) -> lineage.Explanation:
    """What stands behind the response of this id, back to the sources."""
    from tunewright.serve import audit

    at = find_home(named=home)
    record = audit.find(at, response)
    said = [one for one in audit.records(at) if one.get("of") == record["id"]]
    return lineage.explain(at, record, said)


def verify(*, home: Where = None, head: Head | None = None) -> Iterator[str]:
    """One sentence for everything that is not as it was written: ledger, objects, inputs of records, audit.

    An object that a withdrawal erased is none of them, as long as the ledger says so.
    """
    from tunewright.serve import audit
    from tunewright.withdraw import verify as erasures

    at = find_home(named=home)
    yield from at.ledger.verify(head)
    yield from at.store.verify()
    yield from erasures(at)
    yield from _releases(at)
    yield from lineage.unproven(at)
    yield from audit.verify(at)


def _releases(home: Home) -> Iterator[str]:
    """Releases of which something is gone, or does not fit."""
    for entry in home.ledger.entries():
        if entry.action not in ("add", "reject"):
            continue
        try:
            release = registry.read(home, str(entry.data.get("release")))
        except (Fault, ValueError) as error:
            yield f"{entry.subject}: its release cannot be read: {str(error).rstrip('.')}."
            continue
        yield from lineage.breaks(home, release)


def read_head(path: Path) -> Head:
    """The head in a file that `tunewright verify --export-head` wrote."""
    try:
        content = json.loads(path.read_text())
        return Head(int(content["number"]), str(content["digest"]))
    except OSError as error:
        raise Fault(f"{path} cannot be read ({error.strerror}): name a file that "
                    "`tunewright verify --export-head FILE` wrote.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Fault(f"{path} does not hold an exported head ({error}): make one with "
                    "`tunewright verify --export-head FILE`.") from error


def init(
    folder: Path | str = ".", template: str = "ticket-to-json", name: str = "support-desk", *, force: bool = False,
) -> Path:
    """Write a recipe, sample data and the recipe's JSON schema into `folder`; return the recipe's path."""
    return start.write(Path(folder), template, name, force=force)[0]


def check(recipe: Named, *, home: Where = None, strict: bool = False) -> "Lint":
    """Prepare the data and prove, record by record, that the loss would see the right tokens; nothing is trained."""
    with pipeline.opened(recipe, home=home, strict=strict) as opened:
        return opened.proof


def schema() -> dict[str, Any]:
    """The JSON schema of a recipe, for editors."""
    return start.schema()
