"""Arm `endpoint`: a model behind a server that speaks OpenAI's API."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tunewright.core.errors import Fault
from tunewright.engine.endpoint import Endpoint
from tunewright.engine.engine import Engine, Refused, Request
from tunewright.engine.openai import OpenAiEngine
from tunewright.evaluate.answers import Answer, Answers, Progress, Prompts, Said, kept, request
from tunewright.evaluate.arms.arm import Arm
from tunewright.evaluate.arms.desk import Desk
from tunewright.evaluate.question import Question
from tunewright.evaluate.suites import KINDS
from tunewright.recipe import EvaluateSpec
from tunewright.recipe.engine import AddressSpec
from tunewright.recipe.scorers import LIKELIHOODS

_VERSION = 1  # of the answers kept
_BLOCK = 64  # answers kept together: what a server that fails in the middle was paid for is not asked again


@dataclass
class Caller:
    """Speaks for the arm, several requests at once. `refused` counts the questions that the server would not answer:
    they count as wrong."""

    engine: Engine
    concurrency: int
    refused: int = 0

    def __call__(self, questions: Sequence[Question], prompts: Prompts, progress: Progress) -> dict[str, Said]:
        """As `Speak` says."""
        requests = [request(question, prompts.get(question.key, question.messages)) for question in questions]
        began = time.perf_counter()
        with ThreadPoolExecutor(self.concurrency, thread_name_prefix="tunewright-arm") as pool:
            said = list(pool.map(self._one, requests))
        busy = (time.perf_counter() - began) / max(len(said), 1)
        progress(len(said), len(said))
        return {question.key: Said(one.text, one.seconds, busy, one.tokens_in, one.tokens_out)
                for question, one in zip(questions, said, strict=True)}

    def _one(self, request: Request) -> Said:
        try:
            (done,) = self.engine.generate([request])
        except Refused:
            self.refused += 1
            return Said("")
        return Said(done.text, done.seconds, 0.0, done.tokens_in, done.tokens_out)


def opened(spec: AddressSpec) -> OpenAiEngine:
    """The server, ready to be asked. Raises Fault if the key is not in the environment."""
    key = os.environ.get(spec.key) if spec.key else None
    if spec.key and not key:
        raise Fault(f"environment variable {spec.key}, which `evaluate.endpoint.key` names, is not set: export the "
                    "key there.")
    return OpenAiEngine(Endpoint(url=spec.url, model=spec.model, key=key, timeout=spec.timeout, retries=spec.retries),
                        spec.concurrency)


def check(spec: EvaluateSpec, _folder: Path) -> None:
    """Raises Fault for an address that is none, or a key that is not there. The server is not asked."""
    assert spec.endpoint
    opened(spec.endpoint).close()


def _answers(desk: Desk) -> Answers:
    spec = desk.ground.spec.endpoint
    assert spec
    if any(KINDS[suite].weighed for suite in desk.asked):
        _say_what_is_left_out(desk)
    questions = [question for question in desk.questions("endpoint") if question.expected is not None]
    engine = opened(spec)
    caller = Caller(engine, spec.concurrency)
    found: Answers = {}
    try:
        for start in range(0, len(questions), _BLOCK):
            block = questions[start:start + _BLOCK]
            found |= _kept(desk, spec, block, partial(_block, desk, caller, block))
            desk.run.progress("evaluate", f"endpoint {len(found):,}/{len(questions):,}")
        if desk.ground.spec.latency.alone:
            found = _kept(desk, spec, questions, partial(desk.alone, found, questions, {}, caller),
                          alone=desk.ground.spec.latency.alone)
    finally:
        engine.close()
    return found


def _block(desk: Desk, caller: Caller, questions: Sequence[Question]) -> Answers:
    """Answers to a few questions."""
    caller.refused = 0
    said = caller(questions, prompts={}, progress=lambda _done, _whole: None)
    if caller.refused:
        desk.run.say("evaluate", f"endpoint: {caller.refused:,} questions are refused and count as wrong")
    originals = {question.key: question.original for question in questions}
    return {key: Answer(one.text, seconds=one.seconds, busy=one.busy, tokens_in=one.tokens_in,
                        tokens_out=one.tokens_out, run=desk.run.number, original=originals[key])
            for key, one in said.items()}


def _kept(desk: Desk, spec: AddressSpec, questions: Sequence[Question], make: Callable[[], Answers],
          alone: int = 0) -> Answers:
    """Answers from an earlier run, if the same was asked of the same server."""
    inputs = {"url": spec.url.rstrip("/"), "model": spec.model, "alone": alone,
              "drawn": desk.ground.spec.model_dump(include={"temperature", "top_p", "seed"}),
              "asked": [[question.key, question.new_tokens] for question in questions]}
    return kept(desk.run, inputs, _VERSION, lambda: {"endpoint": make()})["endpoint"]


def _say_what_is_left_out(desk: Desk) -> None:
    wanted = sorted({*LIKELIHOODS, "brier", "ece"} & set(desk.ground.spec.scorers))
    if wanted:
        desk.run.say("evaluate", f"endpoint: {', '.join(wanted)} need likelihoods, which a server does not tell")


ENDPOINT = Arm(answers=_answers)
