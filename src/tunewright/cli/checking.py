"""How a check is done and shown: findings by place, and one example with what the model learns marked."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from tunewright import gate
from tunewright.base import load_tokenizer
from tunewright.cli.output import Screen, emit, fancy
from tunewright.cli.stage import staged
from tunewright.core.digest import short
from tunewright.core.errors import EXIT_FAULT, EXIT_OK
from tunewright.core.examples import pick, read_examples
from tunewright.core.visible import visible
from tunewright.data.licenses import findings, of_base
from tunewright.data.lint import Lint, Segment, show
from tunewright.engine.chat import Chat
from tunewright.pipeline import Pipeline

_SHOWN = 20  # findings told in lines; --json has all


def check(recipe: Path, home: Path | None, strict: bool, as_json: bool) -> int:
    """Prepare the data, prove the mask, tell the findings; the exit code."""
    with staged(recipe, home, None, "check", strict, as_json) as (pipeline, screen):
        screen.flow()
        base, phase, dataset = pipeline.base, pipeline.recipe.train[0], pipeline.dataset
        weights = f"{base.parameters / 1e6:,.1f} M parameters · " if base.parameters else ""
        screen.say("base", f"{base.name} {short(base.digest)} · {weights}licence {base.license or 'not declared'}")
        proof = pipeline.proof
        example: tuple[Segment, ...] = ()
        if not proof.findings:
            first = pick(read_examples(pipeline.run.home.store, dataset, "train"), phase.shapes, phase.objective)[0]
            example = show(first, Chat(load_tokenizer(base)), phase.length, phase.turns)
        if as_json:
            judged = (*findings(pipeline.recipe.data), *of_base(base.name, base.license, pipeline.recipe.data.use))
            licences = [asdict(finding) for finding in judged]
            emit({"dataset": dataset.digest, "licences": licences, "base": base.digest, **asdict(proof),
                  "gate": _unguarded(pipeline), "example": [asdict(segment) for segment in example]})
        else:
            _tell(pipeline, screen, proof, example)
    return EXIT_FAULT if proof.findings else EXIT_OK


def _unguarded(pipeline: Pipeline) -> list[str]:
    """What the recipe's gate does not guard, though most should."""
    return gate.lacking(pipeline.recipe.gate, pipeline.recipe.evaluate)


def _tell(pipeline: Pipeline, screen: Screen, proof: Lint, example: Sequence[Segment]) -> None:
    origins = pipeline.dataset.origins
    for source in pipeline.recipe.data.sources:
        if source.retention and not source.collected:
            screen.say("retention", f"{source.path}: {source.retention} from a day that is not stated, so nothing "
                                    "expires: add `collected`")
    for sentence in _unguarded(pipeline):
        screen.say("gate", sentence)
    for one in proof.findings[:_SHOWN]:
        screen.say("", f"{origins[one.source].path}, row {one.row}: {one.sentence} [{one.code}]")
    if len(proof.findings) > _SHOWN:
        screen.say("", f"… and {len(proof.findings) - _SHOWN:,} more: `--json` lists all")
    if example:
        screen.say("example", "what the model learns is " + ("green" if fancy(sys.stdout) else "between ⟦ and ⟧"))
        click.echo("\n" + "".join(map(_marked, example)))


def _marked(segment: Segment) -> str:
    text = visible(segment.text)
    if fancy(sys.stdout):
        return click.style(text, fg="green", bold=True) if segment.supervised else text
    return f"⟦{text}⟧" if segment.supervised else text
