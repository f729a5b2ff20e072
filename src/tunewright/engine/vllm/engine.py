"""Engine `vllm`: several servers that are meant to hold the same adapters, made to by comparing and mending.

What is wanted is one set of digests. A watcher compares it with what each server says it holds: one that was started
again gets its adapters, what nobody wants is unloaded, one that does not answer gets no requests until it does. A
request goes to the least busy server that holds its adapter, and to another if that one fails before the first word.
"""

import shutil
import threading
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import aclosing, suppress
from pathlib import Path

from tunewright.core.errors import Fault
from tunewright.core.run import Say, silent
from tunewright.engine.engine import Completion, Piece, Request, Unavailable
from tunewright.engine.upstream import Upstream
from tunewright.engine.vllm.replica import Replica
from tunewright.engine.vllm.servers import Servers

WATCH = 1.0
"""Seconds between two looks at what the servers hold."""
_NAME = 64  # letters of a digest


class VllmEngine:
    """Adapters live in `place`, a folder that every server can read. `servers`, if any, are ours to start and end."""

    offers = Upstream.offers

    def __init__(self, urls: Sequence[str], place: Path, *, key: str | None = None, connections: int = 256,
                 servers: Servers | None = None, watch: float = WATCH, say: Say = silent) -> None:
        self._replicas = [Replica(url, key, connections) for url in urls]
        self._place = place
        self._servers = servers
        self._say = say
        self._wanted: frozenset[str] = frozenset()
        self._changing = threading.Lock()
        self._stop = threading.Event()
        self._told: dict[str, str] = {}
        for replica in self._replicas:
            self._mend(replica)
        self._watcher = threading.Thread(target=self._watch, args=(watch,), daemon=True)
        self._watcher.start()

    def load(self, model_digest: str, folder: Path, adapter: bool) -> None:
        """Have every server that is up hold the adapter; the others get it when they are. Raises Fault if none can."""
        if not adapter:
            raise Fault(f"model {model_digest[:12]} is a whole model, which a running vLLM server cannot take: start "
                        "one with it, and name that as `serve.upstream` of engine openai.")
        kept = self._place / model_digest
        if not kept.is_dir():
            self._place.mkdir(parents=True, exist_ok=True)
            half = self._place / f".{model_digest}"
            shutil.rmtree(half, ignore_errors=True)
            shutil.copytree(folder, half)
            half.rename(kept)
        with self._changing:
            self._wanted |= {model_digest}
            for replica in self._replicas:
                self._mend(replica)
        if not any(model_digest in replica.holds for replica in self._replicas):
            with self._changing:
                self._wanted -= {model_digest}
            raise Fault(f"no vLLM server holds adapter {model_digest[:12]}: {' '.join(self._told.values())}")

    def unload(self, model_digest: str) -> None:
        """Have every server forget the adapter; one that is down is asked when it is up again."""
        with self._changing:
            self._wanted -= {model_digest}
            for replica in self._replicas:
                with suppress(Unavailable):
                    replica.unload(model_digest)
        shutil.rmtree(self._place / model_digest, ignore_errors=True)

    def resident(self) -> frozenset[str]:
        """Digests wanted."""
        return self._wanted

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """All answers, in order, each by every server that holds its adapter: a trial before a switch. Blocks."""
        answers = []
        for request in requests:
            found = [replica.upstream.generate([request])[0] for replica in self._able(request)]
            if not found:
                raise Unavailable("no vLLM server holds that model now: ask again.", 1.0)
            answers.append(found[0])
        return answers

    async def answer(self, request: Request) -> Piece:
        """The whole answer of the least busy server; of the next one, if it fails."""
        failed: Unavailable | None = None
        for replica in self._able(request):
            replica.active += 1
            try:
                return await replica.upstream.answer(request)
            except Unavailable as error:
                failed = error
            finally:
                replica.active -= 1
        raise failed or Unavailable("no vLLM server holds that model now: ask again.", 1.0)

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """The answer of one server; of the next one, if it fails before its first word."""
        failed: Unavailable | None = None
        for replica in self._able(request):
            begun = False
            replica.active += 1
            try:
                async with aclosing(replica.upstream.stream(request)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
                return
            except Unavailable as error:
                if begun:
                    raise
                failed = error
            finally:
                replica.active -= 1
        raise failed or Unavailable("no vLLM server holds that model now: ask again.", 1.0)

    def close(self) -> Awaitable[None]:
        """End the watcher, the connections, and the servers that are ours."""
        self._stop.set()
        return self._close()

    async def _close(self) -> None:
        for replica in self._replicas:
            replica.upstream.close()
        self._watcher.join()
        for replica in self._replicas:
            replica.close()
        if self._servers:
            self._servers.close()

    def _able(self, request: Request) -> list[Replica]:
        """Servers that are up and hold the request's model, the least busy first."""
        able = [replica for replica in self._replicas
                if replica.up and (request.model is None or request.model in replica.holds)]
        return sorted(able, key=lambda replica: replica.active)

    def _watch(self, seconds: float) -> None:
        while not self._stop.wait(seconds):
            if self._servers:
                self._servers.mend()
            for replica in self._replicas:
                with self._changing:
                    self._mend(replica)

    def _mend(self, replica: Replica) -> None:
        """Make a server hold just what is wanted. What stands in the way is told once."""
        try:
            replica.look()
            for digest in self._wanted - replica.holds:
                replica.load(digest, self._place / digest)
            for name in replica.holds - self._wanted:
                if len(name) == _NAME and not replica.active:  # other names are somebody else's
                    replica.unload(name)
        except Fault as fault:
            if self._told.get(replica.url) != str(fault):
                self._told[replica.url] = str(fault)
                self._say("vllm", str(fault))
        else:
            if self._told.pop(replica.url, None):
                self._say("vllm", f"the vLLM server at {replica.url} is right again")
