"""One answer: bound to one release at admission, counted, and recorded before its last piece is given."""

import contextlib
import time
import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from tunewright.core.errors import Fault
from tunewright.engine import Engine, Piece, Refused, Request, TooLong
from tunewright.serve.asked import Asked, ChatAsked
from tunewright.serve.audit import Audit
from tunewright.serve.metrics import Metrics
from tunewright.serve.problems import Problem
from tunewright.serve.routes import Route


@dataclass
class Answer:
    """A request on its way. `pieces` is walked once; however it ends, it leaves one line in the audit trail."""

    asked: Asked
    route: Route
    request: Request
    engine: Engine
    audit: Audit
    metrics: Metrics
    number: str = field(default_factory=lambda: uuid.uuid4().hex)
    created: float = field(default_factory=time.time)
    started: float = field(default_factory=time.perf_counter)
    last: Piece = field(default_factory=lambda: Piece("", None, 0, 0))

    @property
    def chat(self) -> bool:
        """Whether a conversation is answered, not raw text."""
        return isinstance(self.asked, ChatAsked)

    @property
    def id(self) -> str:
        """The response's id: its kind and the request's number."""
        return f"{'chatcmpl' if self.chat else 'cmpl'}-{self.number}"

    @property
    def headers(self) -> dict[str, str]:
        """What tells a client which version answered."""
        return {"x-request-id": self.number, "x-tunewright-release": self.route.reference,
                "x-tunewright-model": self.route.model or self.route.base}

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """The engine's pieces. Raises Problem; leaving early is recorded as `gone` (status 499)."""
        open_end: tuple[int, str] | None = (499, "gone")
        text = sha256()
        in_flight = self.metrics.in_flight.labels(self.route.reference)
        in_flight.inc()
        try:
            with self.route.bound():
                async for piece in self._from_engine():
                    text.update(piece.text.encode())
                    if not piece.finish:
                        yield piece
            self._record(200, self.last.finish or "", text.hexdigest())
            open_end = None
            yield self.last
        except Refused as refused:
            open_end = 400, "refused"
            code = "context_length_exceeded" if isinstance(refused, TooLong) else None
            raise Problem(400, str(refused), param="messages" if self.chat else "prompt", code=code) from refused
        except Exception as error:
            open_end = 500, "error"
            message = str(error) if isinstance(error, Fault) else "the engine failed on this request: ask again."
            raise Problem(500, message, code="engine_failed") from error
        finally:
            in_flight.dec()
            if open_end:
                with contextlib.suppress(Fault):  # the client has already been told of something worse, or is gone
                    self._record(*open_end, text.hexdigest())

    async def _from_engine(self) -> AsyncGenerator[Piece, None]:
        """Pieces up to the one that finishes the answer; `last` is always the newest."""
        async with contextlib.aclosing(self.engine.stream(self.request)) as stream:
            async for piece in stream:
                if not self.last.tokens_out:
                    self.metrics.first.labels(self.route.reference).observe(time.perf_counter() - self.started)
                self.last = piece
                yield piece
                if piece.finish:
                    return
        raise Fault("the engine stopped in the middle of an answer: ask again.")

    def _record(self, status: int, finish: str, answer: str) -> None:
        """Leave the line, then count. Raises Fault if the line cannot be written."""
        seconds = time.perf_counter() - self.started
        release = self.route.reference
        self.audit.write({
            "id": self.id, "at": datetime.fromtimestamp(self.created, UTC).isoformat(timespec="milliseconds"),
            "user": self.asked.user, "release": release, "release_digest": self.route.release,
            "model_digest": self.route.model, "base_digest": self.route.base,
            "prompt_digest": self.asked.prompt_digest(), "answer_digest": answer,
            "tokens_in": self.last.tokens_in, "tokens_out": self.last.tokens_out, "seconds": round(seconds, 6),
            "status": status, "finish": finish})
        self.metrics.requests.labels(release, str(status)).inc()
        self.metrics.seconds.labels(release).observe(seconds)
        self.metrics.tokens.labels(release, "in").inc(self.last.tokens_in)
        self.metrics.tokens.labels(release, "out").inc(self.last.tokens_out)
