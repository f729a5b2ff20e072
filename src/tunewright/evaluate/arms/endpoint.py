"""Arm `endpoint`: a model behind a server that speaks OpenAI's API."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tunewright.core.errors import Fault
from tunewright.engine.endpoint import Endpoint
from tunewright.engine.engine import Engine, Refused, Request
from tunewright.engine.openai import OpenAiEngine
from tunewright.evaluate.answers import Answers, Progress, Prompts, Said, kept, request
from tunewright.evaluate.arms.arm import Arm
from tunewright.evaluate.arms.desk import Desk
from tunewright.evaluate.question import Question
from tunewright.evaluate.suites import KINDS
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


def _answers(desk: Desk) -> Answers:
    spec = desk.ground.spec.endpoint
    assert spec
    if any(KINDS[suite].weighed for suite in desk.asked):
        _say_what_is_left_out(desk)
    questions = desk.questions("endpoint")
    engine = opened(spec)
    caller = Caller(engine, spec.concurrency)
    found: Answers = {}
    try:
        for start in range(0, len(questions), _BLOCK):
            found |= _block(desk, caller, questions[start:start + _BLOCK], spec)
            desk.run.progress("evaluate", f"endpoint {len(found):,}/{len(questions):,}")
    finally:
        engine.close()
    if caller.refused:
        desk.run.say("evaluate", f"endpoint: {caller.refused:,} questions are refused and count as wrong")
    return found


def _block(desk: Desk, caller: Caller, questions: Sequence[Question], spec: AddressSpec) -> Answers:
    """Answers to a few questions, from an earlier run if they were asked before."""
    inputs = {"url": spec.url.rstrip("/"), "model": spec.model, "alone": desk.ground.spec.latency.alone,
              "drawn": desk.ground.spec.model_dump(include={"temperature", "top_p", "seed"}),
              "asked": [[question.key, question.new_tokens] for question in questions]}
    return kept(desk.run, inputs, _VERSION, lambda: {"endpoint": desk.written("endpoint", questions, {}, caller)}
                )["endpoint"]


def _say_what_is_left_out(desk: Desk) -> None:
    wanted = sorted({*LIKELIHOODS, "brier", "ece"} & set(desk.ground.spec.scorers))
    if wanted:
        desk.run.say("evaluate", f"endpoint: {', '.join(wanted)} need likelihoods, which a server does not tell")


ENDPOINT = Arm(answers=_answers)
