"""One answer: bound to one release at admission, counted, and recorded before its last piece is given."""

import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tunewright.core.digest import digest_bytes, digest_json
from tunewright.core.errors import Fault
from tunewright.engine import Engine, Piece, Refused, Request, TooLong, Unavailable, Unsupported
from tunewright.serve import choices
from tunewright.serve.asked import Asked, ChatAsked
from tunewright.serve.figures import figures
from tunewright.serve.form import holds
from tunewright.serve.gateway import Gateway
from tunewright.serve.keys import Key
from tunewright.serve.log import place
from tunewright.serve.policy import joined
from tunewright.serve.problems import Problem
from tunewright.serve.refusal import refused
from tunewright.serve.route import Route
from tunewright.serve.traces import end

if TYPE_CHECKING:
    from opentelemetry.trace import Span

_MILLION = 1_000_000


@dataclass
class Choice:
    """What one of the answers to a request has become so far."""

    texts: list[str] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    tokens_out: int = 0

    def content(self) -> Any:
        """The text, or text and calls: what the client was given."""
        text = "".join(self.texts)
        return {"text": text, "tool_calls": joined(self.calls)} if self.calls else text


@dataclass
class Answer:
    """A request on its way. `whole` or `pieces` is asked for once; however it ends, it leaves one line in the audit
    trail.

    `arm` is the arm that the release is on, if any; `shadow_of` the answer that a user got, if this one is for nobody.
    `found` counts what the policy masked: in the prompt, and in the answer.
    """

    gateway: Gateway
    key: Key
    asked: Asked
    route: Route
    request: Request
    request_id: str
    number: str
    prompt_digest: str
    found: tuple[dict[str, int], dict[str, int]]
    arm: str = ""
    shadow_of: "Answer | None" = None
    span: "Span | None" = None
    created: float = field(default_factory=time.time)
    started: float = field(default_factory=time.perf_counter)
    tokens_in: int = 0
    tokens_out: int = 0
    told: dict[int, Choice] = field(default_factory=dict)

    @property
    def chat(self) -> bool:
        """Whether a conversation is answered, not raw text."""
        return isinstance(self.asked, ChatAsked)

    @property
    def engine(self) -> Engine:
        """What answers: the gateway's engine, or another in a release's place."""
        return self.route.other.engine if self.route.other else self.gateway.engine

    @property
    def id(self) -> str:
        """The response's id: its kind and a number of our own, whatever request id the client chose."""
        return f"{'chatcmpl' if self.chat else 'cmpl'}-{self.number}"

    @property
    def cost(self) -> float:
        """What the tokens cost at the release's price."""
        price = self.route.spec.price
        return (self.tokens_in * price.read + self.tokens_out * price.written) / _MILLION

    async def whole(self) -> list[Piece]:
        """Every choice, whole. Raises Problem; a client that goes away is recorded as `gone` (status 499)."""
        open_end: tuple[int, str] | None = (499, "gone")
        try:
            pieces = await choices.answers(
                self.engine, self.asked, self.request, self.route.policy, self.found[1])
            for piece in pieces:
                self._took(piece)
            open_end = None
            await self._kept(pieces[-1].finish or "")
        except Exception as error:
            problem, finish = self._failed(error)
            open_end = open_end and (problem.status, finish)
            raise problem from error
        finally:
            self._close(self._late or open_end if open_end else None)
        return pieces

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """The pieces of every choice. Raises Problem; leaving early is recorded as `gone` (status 499)."""
        open_end: tuple[int, str] | None = (499, "gone")
        unfinished = self.asked.n or 1
        try:
            async with contextlib.aclosing(choices.pieces(
                    self.engine, self.asked, self.request, self.route.policy, self.found[1])) as stream:
                async for piece in stream:
                    self._took(piece)
                    unfinished -= piece.finish is not None
                    if not unfinished:
                        break
                    yield piece
                else:
                    raise Fault("the engine stopped in the middle of an answer: ask again.")
                open_end = None
                await self._kept(piece.finish or "", stream)
            yield piece
        except Exception as error:
            problem, finish = self._failed(error)
            open_end = open_end and (problem.status, finish)
            raise problem from error
        finally:
            self._close(self._late or open_end if open_end else None)

    @property
    def _late(self) -> tuple[int, str] | None:
        """How an answer ended that had not begun when its time was over."""
        first = self.route.spec.limits.first
        past = time.perf_counter() - self.started + 0.01  # the loop's clock may be some milliseconds ahead
        over = first is not None and not self.told and past >= first
        return (504, "late") if over else None

    def _failed(self, error: Exception) -> tuple[Problem, str]:
        """What the client is told, and how the record calls it. Whoever runs the gateway learns of faults of ours."""
        if isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        if not isinstance(error, Fault | Problem):
            self.gateway.say("serve", f"{self.id} failed in the engine ({place(error)}).")
        return _problem(error, self.chat)

    def _close(self, open_end: tuple[int, str] | None) -> None:
        """Record an answer that did not end well, if it has no record yet."""
        if open_end:  # nobody waits for the line: the client has already been told of something worse, or is gone
            seconds = time.perf_counter() - self.started
            self.gateway.audit.note(self._line(*open_end, seconds))
            self._used()
            self._count(*open_end, seconds)

    def _took(self, piece: Piece) -> None:
        if not self.told and self.asked.stream:
            self.gateway.metrics.of(self.route.reference, self.key.id).first.observe(
                time.perf_counter() - self.started)
        choice = self.told.get(piece.index)
        if choice is None:
            choice = self.told[piece.index] = Choice()
        choice.texts.append(piece.text)
        self.tokens_out += piece.tokens_out - choice.tokens_out
        choice.tokens_out = piece.tokens_out
        self.tokens_in = piece.tokens_in or self.tokens_in
        if piece.more:
            choice.calls += piece.more.get("tool_calls", ())

    async def _kept(self, finish: str, rest: AsyncIterator[Piece] | None = None) -> None:
        """Have the line safe on disk, then count. Raises Fault if it cannot be: then the answer must not be given.
        `rest` is what the engine still does when it has given all."""
        seconds, status = time.perf_counter() - self.started, 200
        safe = self.gateway.audit.keep(self._line(200, finish, seconds))
        try:
            self._used()  # while the disk is at work
            if rest:
                with contextlib.suppress(Exception):  # the answer is whole, whatever ails the engine now
                    async for _ in rest:
                        pass
            await safe
        except Fault:
            status = 500
            raise
        finally:
            self._count(status, finish, seconds)

    def _used(self) -> None:
        """Count what the answer took, and what was masked in it."""
        self.gateway.used(self.key, self.route.reference, self.tokens_in, self.tokens_out, self.cost)
        for counts in self.found:
            for kind, number in counts.items():
                self.gateway.metrics.masked.labels(self.route.reference, kind).inc(number)

    def _count(self, status: int, finish: str, seconds: float) -> None:
        """Count an answer that has ended, log it, and end its span."""
        if self.span is not None:
            end(self.span, status, {
                "gen_ai.request.model": self.asked.model, "gen_ai.response.model": self.route.reference,
                "gen_ai.response.id": self.id, "gen_ai.response.finish_reasons": [finish],
                "gen_ai.usage.input_tokens": self.tokens_in, "gen_ai.usage.output_tokens": self.tokens_out,
                "tunewright.release": self.route.reference, "tunewright.model": self.route.model or self.route.base})
        self.gateway.ended(self.key, self.route.reference, status, seconds)
        if self.gateway.log.on:
            self.gateway.log.request(
                request_id=self.request_id, id=self.id, key=self.key.id, release=self.route.reference, status=status,
                finish=finish, seconds=round(seconds, 6), tokens_in=self.tokens_in, tokens_out=self.tokens_out)

    @property
    def digest(self) -> str:
        """SHA-256 of what the client was given: of the text itself, if it is one answer and only text."""
        contents = self._contents
        alone = contents[0] if len(contents) == 1 and isinstance(contents[0], str) else None
        return digest_json(contents) if alone is None else digest_bytes(alone.encode())

    @property
    def _contents(self) -> list[Any]:
        return [self.told[index].content() for index in sorted(self.told)] or [""]

    @property
    def _first(self) -> str:
        """The text of the first answer."""
        return "".join(self.told[min(self.told)].texts) if self.told else ""

    def _signs(self) -> dict[str, bool | None]:
        """What the monitor reads of an answer: whether it refuses, and fits the schema that was asked for."""
        text = self._first
        form = self.asked.response_format if isinstance(self.asked, ChatAsked) else None
        schema = form.demanded() if form else None
        return {"refused": refused(text), **({} if schema is None else {"valid": holds(schema, text)})}

    def _line(self, status: int, finish: str, seconds: float) -> dict[str, Any]:
        """The audit record."""
        digest, other = self.digest, self.route.other
        kept: dict[str, Any] = {"arm": self.arm} if self.arm else {}
        if other:
            kept["fallback"] = {"for": other.place_of, "model": other.model}
        if self.shadow_of:
            kept = {"shadow_of": self.shadow_of.id, "agreement": digest == self.shadow_of.digest}
        if status == 200:
            kept |= self._signs()
        if self.asked.sources:
            kept["sources"] = [source.model_dump(exclude_none=True) for source in self.asked.sources]
        if self.route.policy.keeps_text:
            kept |= {"prompt": self.request.messages or self.request.prompt, "answer": self._contents}
        if status == 200 and self.route.sampled(self.number):
            kept["figures"] = figures(self.request.messages, self.request.prompt, self._first, self.route.drift.encoder)
        if self.route.policy.scans:
            kept["pii"] = {"prompt": self.found[0], "answer": self.found[1]}
        return {
            "id": self.id, "at": moment(self.created),
            "request_id": self.request_id, "key": self.key.id, "user": self.asked.user,
            "release": self.route.reference, "release_digest": self.route.release, "model_digest": self.route.model,
            "base_digest": self.route.base or None, "engine": other.kind if other else self.gateway.spec.engine,
            "prompt_digest": self.prompt_digest,
            "answer_digest": digest,
            "tokens_in": self.tokens_in, "tokens_out": self.tokens_out, "cost": round(self.cost, 9),
            "seconds": round(seconds, 6), "status": status, "finish": finish, **kept}


def moment(at: float) -> str:
    """Seconds since 1970 as ISO 8601, UTC, with milliseconds."""
    second = int(at)
    return f"{_second(second)}.{int(1000 * (at - second)):03d}+00:00"


@lru_cache(8)
def _second(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _problem(error: Exception, chat: bool) -> tuple[Problem, str]:
    """What the client is told, and how the audit record calls it."""
    if isinstance(error, Problem):
        return error, "refused" if error.status < 500 else "error"
    if isinstance(error, Unsupported):
        return Problem(422, str(error), param=error.field, code="unsupported_parameter"), "refused"
    if isinstance(error, Refused):
        code = "context_length_exceeded" if isinstance(error, TooLong) else "engine_refused"
        return Problem(400, str(error), param="messages" if chat else "prompt", code=code), "refused"
    if isinstance(error, Unavailable):
        return Problem(503, str(error), code="engine_unavailable", retry_after=error.retry_after or 1.0), "error"
    message = str(error) if isinstance(error, Fault) else "the engine failed on this request: ask again."
    return Problem(500, message, code="engine_failed"), "error"
