"""Variations of seed records: asked for, read as untrusted input, verified."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tunewright.core.digest import digest_json
from tunewright.core.errors import Fault
from tunewright.data.drafts import asking, verify
from tunewright.data.drafts.answers import Asker
from tunewright.data.drafts.engines import title
from tunewright.data.drafts.seeds import Seed
from tunewright.data.drafts.verify import Candidate, Tell, draw
from tunewright.data.readers.review_file import Draft, name
from tunewright.engine import Request
from tunewright.recipe.synthetic import SyntheticSpec

SHOWN = 500
"""Most characters that are kept of an answer which became no draft."""

_STRATUM = 64  # an answer up to so long is a label, and labels are strata of the sample


Check = Callable[[Sequence[Candidate]], list[Candidate]]


def vary(spec: SyntheticSpec, seeds: Sequence[Seed], held: Sequence[Seed], schema: dict[str, Any] | None,
         asker: Asker, judge: Asker | None, tell: Tell) -> list[Draft]:
    """A draft for each answer, in the order of asking: those that passed every check, and those left out with why.

    `held` are records that are held out, which no draft may repeat and the engine is not shown.

    Equal seeds and equal answers give equal drafts.
    """
    told = spec.prompt or (asking.RECORD if spec.vary == "record" else asking.QUESTION)
    chosen = _chosen(spec, seeds)
    requests = [Request(messages=asking.vary(seed.content, told), temperature=spec.temperature,
                        new_tokens=spec.new_tokens, seed=draw(spec.seed, seed.key, round_)) for seed, round_ in chosen]
    answers = asker.ask(requests, [seed.as_read for seed, _ in chosen],
                        lambda done: tell("written", done, len(requests)))
    candidates = [verify.read(Candidate(seed, answer), spec)
                  for (seed, _), answer in zip(chosen, answers, strict=True)]
    checks: list[Check] = [lambda some: verify.new(some, (*seeds, *held), spec.verify.near)]
    if schema:
        checks.insert(0, lambda some: verify.valid(some, schema))
    if spec.verify.answers:
        checks.append(lambda some: verify.consistent(some, spec, seeds, asker, tell))
    if spec.verify.judge and judge:
        question = spec.verify.judge.question
        checks.append(lambda some: verify.judged(some, question, judge, tell))
    for check in checks:
        left = [at for at, one in enumerate(candidates) if one.left_out is None]
        for at, one in zip(left, check([candidates[at] for at in left]), strict=True):
            candidates[at] = one
    return [_draft(one, spec, told) for one in candidates]


def read_schema(spec: SyntheticSpec, folder: Path) -> dict[str, Any] | None:
    """The JSON Schema that answers are held against, if the recipe names one. Raises Fault if it is none."""
    if spec.verify.json_schema is None:
        return None
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for

    path = folder / spec.verify.json_schema
    try:
        schema: dict[str, Any] = json.loads(path.read_text("utf-8"))
        validator_for(schema).check_schema(schema)
    except OSError as error:
        raise Fault(f"verify.json_schema: {path} cannot be read ({error.strerror}): mend the path.") from error
    except (ValueError, SchemaError) as error:
        reason = error.message if isinstance(error, SchemaError) else str(error)
        raise Fault(f"verify.json_schema: {spec.verify.json_schema} is no JSON Schema ({reason}): "
                    "mend the file.") from error
    return schema


def _chosen(spec: SyntheticSpec, seeds: Sequence[Seed]) -> list[tuple[Seed, int]]:
    """Which seed is asked for in which round: each once before any twice, at most `rows` in all."""
    once = list({seed.key: seed for seed in seeds}.values())
    order = sorted(once, key=lambda seed: digest_json([spec.seed, seed.key]))
    return [(seed, round_) for round_ in range(spec.each) for seed in order][:spec.rows]


def _draft(one: Candidate, spec: SyntheticSpec, told: str) -> Draft:
    made = {"engine": title(spec.engine), "prompt": digest_json(told), "request": one.answer.request,
            "answers": one.seed.as_read, "seeds": [one.seed.id], "keys": [one.seed.key]}
    if one.left_out is not None:
        content = {"answer": one.answer.text[:SHOWN]}
        return Draft(name(content, made), content, made, left_out=one.left_out)
    content = one.content or {}
    answer = asking.said(content) or ""
    stratum = one.seed.label or (answer if len(answer) <= _STRATUM else "")
    return Draft(name(content, made), content, made, one.seed.fields, stratum, one.confidence)
