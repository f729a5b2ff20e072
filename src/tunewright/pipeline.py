"""The order of the stages, and nothing else: data, check, plan, train, evaluate, gate, release, page.

Each stage's result is cached by its inputs, so a run that was stopped is taken up where it stopped and a second run
does nothing. Nothing here imports torch before a stage needs it.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tunewright import base as bases
from tunewright import registry
from tunewright.core import runs
from tunewright.core.errors import Fault
from tunewright.core.examples import Example, pick, read_examples
from tunewright.core.home import FOLDER, Home, find_home
from tunewright.core.identity import actor
from tunewright.core.records import Dataset, Model, Release, Report, Verdict
from tunewright.core.run import Run, Say, silent, write_atomically
from tunewright.recipe import Loaded, PhaseSpec, Recipe, load
from tunewright.recipe.advise import AdviseSpec

if TYPE_CHECKING:
    from tunewright.data.lint import Lint
    from tunewright.engine.chat import Chat
    from tunewright.evaluate import Live
    from tunewright.evaluate.advise import Advice

ADVICE = "advice.json"
"""The advice in a run's folder."""


@dataclass
class Pipeline:
    """One recipe on its way to a release. Each stage works once, when it is asked for, and asks for what it needs."""

    loaded: Loaded
    run: Run
    @property
    def recipe(self) -> Recipe:
        """What we intend."""
        return self.loaded.recipe

    @cached_property
    def base(self) -> bases.Base:
        """The pre-trained model we start from. Raises Fault if its licence forbids the use that the recipe states."""
        from tunewright.data.licenses import of_base, require

        base = bases.find(self.recipe.base, self.loaded.folder)
        judged = of_base(base.name, base.license, self.recipe.data.use)
        require(judged, self.recipe.data.use)
        for one in judged:
            self.run.say("licence", one.sentence)
        return base

    @cached_property
    def dataset(self) -> Dataset:
        """The prepared examples. A run that was begun on other data is left behind for a new one."""
        from tunewright import data, evaluate

        dataset = data.make(self.recipe.data, self.recipe.name, self.loaded.folder, self.run, self.recipe.compute,
                            suites=evaluate.examined(self.recipe.evaluate))
        runs.settle(self.run, dataset.digest)
        return dataset

    @cached_property
    def proof(self) -> "Lint":
        """What was found when every training example was looked at as the loss would see it."""
        from tunewright.base import load_tokenizer
        from tunewright.data.lint import together
        from tunewright.engine.chat import Chat

        examples = read_examples(self.run.home.store, self.dataset, "train")
        chat = Chat(load_tokenizer(self.base))
        # Phases that read the same records in the same way are proven once.
        ways = {(phase.shapes, phase.length, phase.overlong, phase.turns, phase.objective == "pretrain"): phase
                for phase in self.recipe.train}
        proof = together([self._prove(phase, pick(examples, phase.shapes, phase.objective), chat)
                          for phase in ways.values()])
        self.run.say("check", proof.sentence)
        return proof

    def _prove(self, phase: PhaseSpec, examples: list[Example], chat: "Chat") -> "Lint":
        """One phase's part of the proof. Raw text is cut into pieces, so it is too long only where none may be cut."""
        from tunewright.data.lint import prove

        whole = phase.overlong == "refuse"
        length = sys.maxsize if phase.objective == "pretrain" and not whole else phase.length
        return prove(examples, chat, length, phase.turns,
                     lambda done: self.run.progress("check", f"{done:,} of {len(examples):,} records"), whole=whole)

    @cached_property
    def model(self) -> Model:
        """What training leaves."""
        from tunewright import train
        from tunewright.data.lint import require

        if "task" in self.recipe.evaluate.suites and not self.dataset.counts["test"]:
            # Found out now, not after an hour of training.
            raise Fault("part test is empty, so suite `task` has nothing to measure on: give `data.split.test` a share "
                        "such as 0.2, or a source `part: test`.")
        require(self.proof, [origin.path for origin in self.dataset.origins])
        return train.make(self.recipe.train, self.base, self.dataset, self.recipe.name, self.run, self.recipe.compute)

    @cached_property
    def report(self) -> Report:
        """The measurements of every arm, with what engines and people say of the answers."""
        from tunewright import evaluate, judge

        if self.recipe.train[-1].objective == "reward":
            raise Fault("the last phase leaves a reward model, which gives no answers to measure: add a phase "
                        "`objective: ppo` after it, or make the reward model alone with `tunewright train`.")
        report = evaluate.make(self.recipe.evaluate.model_copy(update={"judges": ()}), self.base, self.model,
                               self.dataset, self.recipe.name, self.loaded.folder, self.run, self.live)
        return judge.of(self.recipe, report, self.loaded.folder, self.run)

    def advice(self, spec: AdviseSpec | None = None) -> "Advice":
        """Whether fine-tuning is worth it, from the arms that need none; written into the run, too. `spec` stands in
        for the recipe's section `advise`."""
        from tunewright.evaluate import advise

        recipe = self.recipe
        advice = advise.make(spec or recipe.advise, recipe.evaluate, recipe.gate, self.base, self.dataset, recipe.name,
                             self.loaded.folder, self.run)
        write_atomically(self.run.folder / ADVICE, advice.model_dump_json(indent=2) + "\n")
        return advice

    @cached_property
    def live(self) -> "Live | None":
        """The release now live, if it is an arm, on the base that it stands on; None if that base is not at hand."""
        from tunewright.evaluate import Live

        store, release = self.run.home.store, registry.live(self.run.home, self.recipe.name)
        if release is None or "live" not in self.recipe.evaluate.arms:
            return None
        model = Model.model_validate(store.get_json(release.model))
        base = self.base
        if model.base != base.digest:
            base = bases.find(Recipe.model_validate(store.get_json(release.recipe)).base, self.loaded.folder)
        if model.base != base.digest:
            self.run.say("evaluate", f"live: {release.reference} stands on {model.base_name} {model.base[:6]}, which "
                                     "is not at hand, so it does not answer")
            return None
        return Live(release.reference, model, base)

    @cached_property
    def verdict(self) -> Verdict:
        """The gate's answer, against the release that is live now."""
        from tunewright import gate

        home, name = self.run.home, self.recipe.name
        live = registry.live(home, name)
        against = Report.model_validate(home.store.get_json(live.report)) if live else None
        card = gate.card(self.recipe, self.dataset, self.model, self.base.license)
        return gate.make(self.recipe.gate, self.report, against, home.store, name, self.run, card)

    @cached_property
    def held(self) -> Release | None:
        """The release that already holds this recipe, data and base."""
        return registry.holding(self.run.home, self.recipe, self.dataset, self.base.digest)

    @cached_property
    def release(self) -> Release:
        """The next release of the recipe's name, with its page; or the one that is held already."""
        if self.held:
            return self.held
        report = self.report  # asked for first: it says before any training that there would be nothing to measure
        release = registry.add(self.run.home, self.recipe.name, self.recipe, self.dataset, self.model, report,
                               self.verdict, self.run.by)
        self.write_page(release)
        runs.finish(self.run)
        return release

    @property
    def standing(self) -> registry.Standing:
        """What the ledger says about the release now."""
        return next(one for one in registry.status(self.run.home, self.recipe.name)
                    if one.number == self.release.number)

    def write_page(self, release: Release) -> Path:
        """Write the run's `report.html`."""
        from tunewright import page

        curve = self.run.room("train") / "metrics.jsonl"
        rows = [json.loads(line) for line in curve.read_text().splitlines()] if curve.exists() else []
        return page.write(self.run.folder / "report.html", recipe=self.recipe, dataset=self.dataset, model=self.model,
                          report=self.report, verdict=self.verdict, release=release, store=self.run.home.store,
                          curve=rows, advice=self._advised)

    @property
    def _advised(self) -> "Advice | None":
        """What `tunewright advise` said in this run, if it was asked."""
        from tunewright.evaluate.advise import Advice

        path = self.run.folder / ADVICE
        return Advice.model_validate_json(path.read_text("utf-8")) if path.exists() else None


@contextmanager
def opened(
    recipe: Path | str | Recipe, *, home: Path | str | None = None, by: str | None = None, strict: bool = False,
    say: Say = silent, progress: Say = silent,
) -> Iterator[Pipeline]:
    """The pipeline of a recipe (a file, or a Recipe whose paths start at the current folder), in its run.

    With `strict`, a source of which any record cannot be used is refused whole.

    The home is found upward from the current folder, then from the recipe's; else it is made in the current one.
    """
    from tunewright import evaluate, gate, judge

    loaded = Loaded(recipe, Path.cwd()) if isinstance(recipe, Recipe) else load(Path(recipe))
    # A gate that could never be judged must not cost a training run to find out.
    evaluate.check(loaded.recipe.evaluate, loaded.folder)
    measures = {**evaluate.measures(loaded.recipe.evaluate), **judge.measures(loaded.recipe, loaded.folder)}
    gate.check(loaded.recipe.gate, measures, loaded.recipe.evaluate)
    with runs.opened(home_of(loaded, home), loaded.recipe.digest, actor(by), say, progress) as run:
        run.strict = strict
        try:
            yield Pipeline(loaded, run)
        except Exception as error:
            error.add_note(str(run.folder))  # so that whoever tells the error finds the run
            raise


def home_of(loaded: Loaded, named: Path | str | None = None) -> Home:
    """Where a recipe's state lives: found upward from here or from the recipe, else made here."""
    if named is None and not os.environ.get("TUNEWRIGHT_HOME"):
        for start in (Path.cwd(), loaded.folder):
            above = (folder / FOLDER for folder in (start.resolve(), *start.resolve().parents))
            if any(path.is_dir() for path in above):
                return find_home(start, create=True)
    return find_home(create=True, named=named)


def run(
    recipe: Path | str | Recipe, *, home: Path | str | None = None, by: str | None = None, strict: bool = False,
    say: Say = silent, progress: Say = silent,
) -> Release:
    """The release that a recipe makes, or the one that already holds it. Raises Fault for what a person can mend."""
    with opened(recipe, home=home, by=by, strict=strict, say=say, progress=progress) as pipeline:
        return pipeline.release
