"""Make the drafts of a recipe, keep what people decided on them, and stop until enough is decided."""

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from tunewright.core.digest import digest_json
from tunewright.core.errors import Fault, Undecided
from tunewright.core.run import Run
from tunewright.data.drafts import engines
from tunewright.data.drafts.answers import Answerer, Asker
from tunewright.data.drafts.label import propose
from tunewright.data.drafts.sample import sampled
from tunewright.data.drafts.seeds import Seed, named, seeds
from tunewright.data.drafts.synthetic import read_schema, vary
from tunewright.data.readers import fingerprint, review_file
from tunewright.data.readers.review_file import Draft, Drafts, Head, standing
from tunewright.data.steps import Work
from tunewright.recipe import DataSpec, SourceSpec
from tunewright.recipe.engine import EndpointSpec, EngineSpec, LocalSpec
from tunewright.recipe.label import LabelSpec
from tunewright.recipe.source import TextSpec
from tunewright.recipe.synthetic import SyntheticSpec

VERSION = 1
"""Raise it when the same answers would give other drafts."""

ANSWERS = "answers"
"""Folder of the home for what engines answered."""

GONE = "is made no more"
"""Why a draft that was decided on and is not made any longer is named, without what it said."""

Made = SyntheticSpec | LabelSpec


def settle(work: Work, folder: Path, run: Run) -> DataSpec:
    """The recipe's data section with every drafted source ready to be read, its review file written.

    Raises Undecided, saying what to do, while people have not decided enough; Fault if drafts cannot be made.
    """
    spec = inherited(work.spec)
    work = replace(work, spec=spec)
    paths = [source.path for source in spec.sources]
    for source in spec.sources:
        if source.kind != "file" and paths.count(source.path) > 1:
            raise Fault(f"two sources have the path {source.path}, and a review file is one source's own: "
                        "give each its own `path`.")
    for source in spec.sources:
        if isinstance(source, SyntheticSpec | LabelSpec):
            path = folder / source.path
            found = _made(source, work, folder, path, run)
            judged = standing(found)
            if judged.outcome in ("waiting", "undecided"):
                raise Undecided(f"{source.path}: {judged.sentence}: `tunewright review {_here(path)}`, then run the "
                                "same command again.")
    return spec


def inherited(spec: DataSpec) -> DataSpec:
    """The section with variations that say of subject, age and system prompt what their seeds say, unless told."""
    sources: list[SourceSpec] = []
    for source in spec.sources:
        told: dict[str, Any] = {}
        if isinstance(source, SyntheticSpec):
            seed = named(spec, source.seeds, f"`seeds` of {source.path}")
            told = {key: getattr(seed, key) for key in ("subject", "collected", "retention", "system")
                    if getattr(source, key) is None}
        sources.append(source.model_copy(update=told))
    return spec.model_copy(update={"sources": tuple(sources)})


def merged(made: Sequence[Draft], before: Drafts | None, head: Head) -> Drafts:
    """The drafts made now, with the decisions and edits of the file before; of what is gone the bare decision stays.

    So a prompt that is changed and changed back loses nobody's work, and a person who withdrew is in no file.
    """
    known = {one.id: one for one in (*before.drafts, *before.left_out)} if before else {}
    drafts = [_again(one, known.get(one.id)) for one in made if one.left_out is None]
    # Two equal drafts would share one decision.
    unique = tuple({one.id: one for one in drafts}.values())
    now = {one.id for one in made}
    gone = [Draft(one.id, decision=one.settled, by=one.by, at=one.at, left_out=GONE)
            for one in known.values() if one.settled in ("accept", "reject") and one.id not in now]
    left_out = [one for one in made if one.left_out is not None]
    return Drafts(replace(head, drafts=len(unique)), sampled(unique, head.sample), (*left_out, *gone))


def _again(one: Draft, before: Draft | None) -> Draft:
    if before is None or before.settled is None:
        return one
    return replace(one, decision=before.settled, by=before.by, at=before.at,
                   content=before.content or one.content)


def _made(source: Made, work: Work, folder: Path, path: Path, run: Run) -> Drafts:
    """The drafts of a source, in its review file: as they are there if nothing changed, else made."""
    before = review_file.read(path, source.path) if path.exists() else None
    schema = read_schema(source, folder) if isinstance(source, SyntheticSpec) else None
    inputs = _inputs(source, schema, work, folder)
    head = Head(source.kind, inputs, 0, 0, source.review.sample, source.review.accept_at_least,
                source.labels if isinstance(source, LabelSpec) else ())
    if before and before.head.inputs == inputs and before.head.drafts == len(before.drafts):
        drafts = None
    else:
        with tempfile.TemporaryDirectory(dir=run.folder, prefix=".drafts-") as room:
            material = _material(source, work, folder, Path(room))
        _forget(before, material, run.home.path / ANSWERS)
        drafts = _drafts(source, material, schema, folder, run)
    # People may have decided on drafts while others were made: their decisions are taken from the file as it is now.
    found = review_file.revise(path, source.path, lambda now: _revised(source.path, drafts, now, head))
    if drafts is not None:
        run.say("drafts", f"{source.path}: {len(drafts):,} asked · {len(found.drafts):,} drafts, "
                          f"{len(drafts) - len(found.drafts):,} left out")
    return found


def _revised(shown: str, drafts: Sequence[Draft] | None, now: Drafts | None, head: Head) -> Drafts:
    """What the review file should hold; without `drafts` nothing but the sample may have changed."""
    if drafts is None and now:
        return Drafts(replace(head, asked=now.head.asked, drafts=len(now.drafts)), sampled(now.drafts, head.sample),
                      now.left_out)
    made = drafts or ()
    found = merged(made, now, replace(head, asked=len(made)))
    if not found.drafts:
        reason = next((one.left_out for one in found.left_out), "nothing was asked")
        raise Fault(f"{shown}: no answer became a draft; the first: {reason}. Change `prompt` or `engine`.")
    return found


def _inputs(source: Made, schema: dict[str, Any] | None, work: Work, folder: Path) -> str:
    """A digest of all that the drafts follow from: the source's words, the files that are read for it, what is done
    to their records, and what may be used of them today.
    """
    read = [_rows(source)] if isinstance(source, LabelSpec) else []
    read += [named(work.spec, path, f"`{key}` of {source.path}") for key in ("seeds", "examples")
             if (path := getattr(source, key, None))]
    return digest_json({
        "version": VERSION, "source": source.model_dump(mode="json", exclude={"review", "share"}), "schema": schema,
        "read": [[one.model_dump(mode="json"), fingerprint(one, folder)] for one in read],
        "others": work.spec.model_dump(mode="json", exclude={"sources"}), "today": work.today.isoformat(),
        "withdrawn": [sorted(work.withdrawn.subjects), sorted(work.withdrawn.records)]})


def _material(source: Made, work: Work, folder: Path, room: Path) -> tuple[list[Seed], list[Seed]]:
    """What drafts are made from, as it may be shown to an engine: seeds, and what is held out, which it is not shown
    and drafts must not repeat; or rows, and examples of labels.
    """
    if isinstance(source, SyntheticSpec):
        return seeds(work, named(work.spec, source.seeds, f"`seeds` of {source.path}"), folder, room)
    examples = (seeds(work, named(work.spec, source.examples, f"`examples` of {source.path}"), folder, room)[0]
                if source.examples and source.shots else [])
    return seeds(work, _rows(source), folder, room)[0], examples


def _drafts(source: Made, material: tuple[list[Seed], list[Seed]], schema: dict[str, Any] | None, folder: Path,
            run: Run) -> list[Draft]:
    def tell(what: str, done: int, total: int) -> None:
        run.progress("drafts", f"{source.path}: {done:,} of {total:,} {what}")

    with ExitStack() as stack:
        def asker(spec: EngineSpec, labels: tuple[str, ...] = ()) -> Asker:
            return stack.enter_context(closing(_asker(spec, folder, run, labels)))

        if isinstance(source, LabelSpec):
            weighed = source.labels if source.confidence == "probability" else ()
            return propose(source, *material, asker(source.engine, weighed), tell)
        judge = source.verify.judge
        return vary(source, *material, schema, asker(source.engine), asker(judge.engine) if judge else None, tell)


def _forget(before: Drafts | None, material: tuple[list[Seed], list[Seed]], answers: Path) -> None:
    """Erase what was answered about records that are not there any more: withdrawn, expired or taken out."""
    there = {one.as_read for some in material for one in some}
    about = {one.made.get("answers") for one in (*before.drafts, *before.left_out)} if before else set()
    for record in about - there - {None}:
        shutil.rmtree(answers / Path(str(record)).name, ignore_errors=True)


def _rows(source: LabelSpec) -> SourceSpec:
    """The rows without answers, as a source of text on the label source's own terms."""
    declared = source.model_dump(include=set(SourceSpec.model_fields) - {"kind", "path", "format", "part", "system"})
    return SourceSpec(**declared, path=source.unlabelled, format=TextSpec(text=source.column), part="train")


def _asker(spec: EngineSpec, folder: Path, run: Run, labels: tuple[str, ...] = ()) -> Asker:
    """What asks an engine; with `labels`, what asks a model here how likely each of them is."""
    def open() -> Answerer:
        # Said before anything leaves this machine.
        run.say("drafts", f"asking {engines.title(spec)}")
        if labels and isinstance(spec, LocalSpec):
            return engines.weigher(spec, labels, folder, run.home)
        return engines.opened(spec, folder, run.home)

    where, who = run.home.path / ANSWERS, engines.identity(spec, folder) | ({"labels": labels} if labels else {})
    if isinstance(spec, EndpointSpec):
        return Asker(where, who, open, together=1, calls=spec.concurrency)
    return Asker(where, who, open, spec.model if isinstance(spec, LocalSpec) else None, together=8 if labels else 64)


def _here(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
