"""From a judged report to the next release: new evidence about the same model gets its own number and verdict."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tunewright import base as bases
from tunewright import gate, lineage, page, registry
from tunewright.core.digest import short
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.items import Item, read_about, read_items
from tunewright.core.judged import Judged, read_judged
from tunewright.core.records import Dataset, Model, Record, Release, Report, Verdict
from tunewright.core.run import Run, Say, silent, start, write_atomically
from tunewright.judge import labels
from tunewright.judge.enter import entered
from tunewright.judge.make import STAGE, lines, make
from tunewright.judge.material import pairs
from tunewright.judge.people import draw, read
from tunewright.judge.people import page as people
from tunewright.recipe import Recipe, RuleSpec
from tunewright.recipe.gate import CARD
from tunewright.recipe.judge import JudgeSpec

ACTION = "judge"


@dataclass(frozen=True)
class Outcome:
    """The judged report, with the release and verdict that it led to, if its model has a release; and the page."""

    report: Report
    release: Release | None = None
    verdict: Verdict | None = None
    page: Path | None = None


@dataclass(frozen=True)
class Drawn:
    """A page of pairs for people: where it lies, how many it shows, and how many of the draw were equal."""

    path: Path
    shown: int
    same: int


def awaiting(report: Report, rules: Sequence[RuleSpec], run: Run) -> Report:
    """The report with the metrics of people known, if a rule looks at them and nobody has judged yet."""
    asked = any(rule.metric.startswith(f"{read.SUITE}/") for rule in rules)
    known = any(name.startswith(f"{read.SUITE}/") for name in read_about(run.home.store, report).names)
    return entered(run.home.store, report, read.SUITE, read.METRICS, [], None, []) if asked and not known else report


def latest(home: Home, report: Report) -> Report:
    """The report with all that was judged since, as the ledger says."""
    after = {entry.data["of"]: entry.data["report"] for entry in home.ledger.entries(action=ACTION)}
    digest, seen = report.digest, set[str]()
    while digest in after and digest not in seen:
        seen.add(digest)
        digest = after[digest]
    return Report.model_validate(home.store.get_json(digest)) if seen else report


def again(home: Home, reference: str, specs: Sequence[JudgeSpec] | None, folder: Path, by: str, say: Say = silent,
          progress: Say = silent) -> Outcome:
    """Have the answers of a release's report, or of a report, judged; the release's recipe names the judges, unless
    `specs` do. Raises Fault if nobody is named."""
    release, report = _named(home, reference)
    if specs is None:
        specs = _recipe(home, release).evaluate.judges if release else ()
    if not specs:
        raise Fault(f"nobody is named to judge {reference}: name judges in `evaluate.judges` of a recipe and give it "
                    "with --recipe FILE.")
    run = _started(home, report, by, say, progress)
    before = latest(home, report)
    return _entered(home, release, before, make(specs, before, folder, run), run)


def for_people(home: Home, reference: str, *, by: str, against: str = "base", most: int = 150, seed: int = 0,
               suites: Sequence[str] = ("task",)) -> Drawn:
    """Draw pairs from a release's report and write the page for people, with its key beside it.

    Raises Fault if the report has no such arm, or no two answers that differ.
    """
    release, report = _named(home, reference)
    if against not in report.arms or against == "tuned":
        raise Fault(f"{reference} has no arm {against} to compare with: it has "
                    f"{', '.join(arm for arm in report.arms if arm != 'tuned')}.")
    found = pairs(read_items(home.store, report), suites, against)
    if not found:
        raise Fault(f"{reference} has no texts of tuned and {against} in suite {' or '.join(suites)}: name another "
                    "with --suite.")
    told, key = draw.keyed(found, secret=secrets.token_bytes(32), most=most, seed=seed,
                           release=release.digest if release else "", report=report.digest, against=against)
    run = _started(home, report, by)
    room = run.room(STAGE)
    key.write(room / draw.KEY)
    purpose = _recipe(home, release).purpose if release else ""
    return Drawn(people.write(room / draw.PAGE, told, key.page, purpose), len(key.shown), len(key.same))


def from_people(home: Home, files: Sequence[Path], *, by: str, say: Say = silent) -> Outcome:
    """Take in what people saved, all of one page, and go on to the next release. Raises Fault for a file that is not
    whole, not of this home, or given twice."""
    answers = [read.read(path) for path in files]
    folder, key = _key(home, answers[0])
    read.check(answers, key)
    before = latest(home, Report.model_validate(home.store.get_json(key.report)))
    groups = {item.item: item.group for item in read_items(home.store, before) if item.arm == "tuned"}
    items, about, single = read.judged(answers, key, groups)
    after = entered(home.store, before, read.SUITE, read.METRICS, items, about, single,
                    lambda judge, its: _agreeing(judge, its, items))
    run = Run(home, folder, by, say)
    write_atomically(run.room(STAGE) / "answers.json", read.dumped(answers))
    for line in lines(after, about):
        say(STAGE, line)
    release = Release.model_validate(home.store.get_json(key.release)) if key.release else None
    return _entered(home, release, before, after, run)


def _agreeing(judge: Judged, items: Sequence[Item], said: Sequence[Item]) -> Judged:
    """A judge of pairs with its agreement with the people who judged now; one with labels of its own keeps those."""
    if judge.kind != "pairwise" or judge.provenance["spec"]["labels"]:
        return judge
    told = labels.agreement(items, labels.of_items(said), ["win"])
    return replace(judge, measure="kappa", agreement=tuple(told))


def _bare(judge: Judged) -> Judged:
    """A judge without its agreement with people, which they may change later."""
    return replace(judge, measure="", agreement=())


def _entered(home: Home, release: Release | None, before: Report, after: Report, run: Run) -> Outcome:
    """Write the ledger's entry, judge by the recipe's rules, and add the next release with its page."""
    if after.digest == before.digest:
        return Outcome(after)
    home.store.put_record(after)
    judges = [_bare(one) for one in read_judged(home.store, before)]
    told = {one.name: f"{one.items:,} items judged by {one.who}"
            for one in read_judged(home.store, after) if _bare(one) not in judges}
    known = any(entry.data["report"] == after.digest and entry.data["of"] == before.digest
                for entry in home.ledger.entries(action=ACTION))
    if not known:
        home.ledger.append(ACTION, release.reference if release else before.digest, by=run.by,
                           why="; ".join(f"{name}: {said}" for name, said in sorted(told.items())),
                           data={"of": before.digest, "report": after.digest, "judges": told})
    if release is None:
        return Outcome(after)
    store, recipe = home.store, _recipe(home, release)
    live = registry.live(home, release.name)
    against = Report.model_validate(store.get_json(live.report)) if live else None
    dataset = Dataset.model_validate(store.get_json(release.dataset))
    model = Model.model_validate(store.get_json(release.model))
    card = gate.card(recipe, dataset, model, _license(home, recipe))
    verdict = gate.make(recipe.gate, after, against, store, release.name, run, card)
    added = registry.add(home, release.name, recipe, dataset, model, after, verdict, run.by)
    path = page.write(run.folder / "report.html", recipe=recipe, dataset=dataset, model=model, report=after,
                      verdict=verdict, release=added, store=store, curve=_curve(home, release.recipe))
    return Outcome(after, added, verdict, path)


def _named(home: Home, reference: str) -> tuple[Release | None, Report]:
    """The release that a reference means, if any, and its report."""
    found: Record = registry.resolve(home, reference) if "@" in reference or reference in registry.fold(home).names \
        else lineage.find(home, reference)
    if isinstance(found, Report):
        held = [entry.data["release"] for entry in lineage.about(home, found.digest)
                if entry.action in ("add", "reject")]
        return registry.read(home, held[-1]) if held else None, found
    if not isinstance(found, Release):
        raise Fault(f"{reference} is a {lineage.kind(found)}, and judge takes a release or a report: "
                    "`tunewright show` lists the releases.")
    return found, Report.model_validate(home.store.get_json(found.report))


def _recipe(home: Home, release: Release) -> Recipe:
    return Recipe.model_validate(home.store.get_json(release.recipe))


def _license(home: Home, recipe: Recipe) -> str | None:
    """The licence of the recipe's base, looked up only for a rule that asks for it."""
    if not any(rule.metric == CARD for rule in recipe.gate):
        return None
    return bases.find(recipe.base, home.path.parent).license


def _started(home: Home, report: Report, by: str, say: Say = silent, progress: Say = silent) -> Run:
    """A run of its own, which a withdrawal finds by its dataset."""
    run = start(home, by, say, progress)
    write_atomically(run.folder / "run.json", json.dumps({"by": by, "dataset": report.dataset, "state": "done"}))
    return run


def _key(home: Home, answers: read.Answers) -> tuple[Path, draw.Key]:
    """The run whose page was answered, and its key."""
    for path in sorted(home.runs.glob(f"*/{STAGE}/{draw.KEY}"), reverse=True):
        key = draw.read_key(path)
        if key.page == answers.page:
            return path.parents[1], key
    raise Fault(f"{answers.path} answers page {short(answers.page)}, which was not made in {home.path}: read it where "
                "`tunewright judge --human` made the page.")


def _curve(home: Home, recipe: str) -> list[dict[str, Any]]:
    """The training curve of the last run of this recipe, for the page."""
    for folder in sorted(home.runs.glob("[0-9]*"), reverse=True):
        rows, note = folder / "train" / "metrics.jsonl", folder / "run.json"
        if rows.exists() and note.exists() and json.loads(note.read_text()).get("recipe") == recipe:
            return [json.loads(line) for line in rows.read_text().splitlines()]
    return []


def of(recipe: Recipe, report: Report, folder: Path, run: Run) -> Report:
    """A recipe's report with all that was judged: by the judges it names, and by people since."""
    return latest(run.home, awaiting(make(recipe.evaluate.judges, report, folder, run), recipe.gate, run))
