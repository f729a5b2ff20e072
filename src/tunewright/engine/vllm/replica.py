"""One vLLM server: what it says it holds, and the two routes that change it.

Facts about vLLM (entrypoints/openai/models/serving.py, 2026): an adapter that is loaded under a name that is taken is
refused with 400, unless `load_inplace`, which keeps name and number and with them the cached prefixes of the bytes
before (issue 42125). So a name here is a digest, never taken for other bytes, and `load_inplace` is never asked for.
"""

from pathlib import Path
from typing import Any

import httpx

from tunewright.core.errors import Fault
from tunewright.engine.engine import Unavailable
from tunewright.engine.upstream import Names, Upstream

_TIMEOUT = httpx.Timeout(120.0, connect=3.0)  # seconds; loading reads the adapter from disk
_LOOK = 5.0


class Replica:
    """A server at `url` (with `/v1`). `active` counts answers under way; `up` and `holds` are what was last seen."""

    def __init__(self, url: str, key: str | None, connections: int) -> None:
        self.url = url.rstrip("/")
        self.active = 0
        self.up = False
        self.holds: frozenset[str] = frozenset()
        self.base: str | None = None
        self.upstream = Upstream(self.url, Names(model="{digest}", base=None), key, connections)
        self._key, self._connections = key, connections
        self._client = httpx.Client(timeout=_TIMEOUT, headers={"authorization": f"Bearer {key}"} if key else {})

    def look(self) -> None:
        """Ask what it holds. Raises Unavailable, and takes it for down, if it does not say."""
        try:
            answer = self._client.get(f"{self.url}/models", timeout=_LOOK)
            answer.raise_for_status()
            cards: list[dict[str, Any]] = answer.json()["data"]
            bases = [str(card["id"]) for card in cards if not card.get("parent")]
            self.holds = frozenset(str(card["id"]) for card in cards if card.get("parent"))
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            self.lost()
            raise Unavailable(f"the vLLM server at {self.url} does not say what it holds ({type(error).__name__}): "
                              "start it again, or look at its log.") from error
        if bases and bases[0] != self.base:
            self.base = bases[0]
            self.upstream.names = Names(model="{digest}", base=self.base)
        self.up = True

    def lost(self) -> None:
        """Ask it nothing until it has been looked at again; whatever it held may be gone."""
        self.up, self.holds = False, frozenset()

    def load(self, digest: str, folder: Path) -> None:
        """Have it hold the adapter in `folder`, which it reads itself. Raises Fault with its own words, Unavailable."""
        if digest in self.holds:
            return
        answer = self._post("load_lora_adapter", {"lora_name": digest, "lora_path": str(folder)})
        if answer.status_code == 404 and "adapter" not in answer.text.lower():
            raise Fault(f"the vLLM server at {self.url} takes no adapters while it runs: start it with --enable-lora "
                        "and VLLM_ALLOW_RUNTIME_LORA_UPDATING=1.")
        if answer.status_code >= 300 and "already been loaded" not in answer.text:
            raise Fault(f"the vLLM server at {self.url} cannot load adapter {digest[:12]} ({_said(answer)}): it must "
                        "see that folder, and take adapters of this rank (--max-lora-rank).")
        self.holds |= {digest}

    def unload(self, digest: str) -> None:
        """Have it forget an adapter. Nothing to do if it does not hold it. Raises Unavailable."""
        if digest in self.holds:
            self._post("unload_lora_adapter", {"lora_name": digest})
            self.holds -= {digest}

    def close(self) -> None:
        """Give the watcher's connection back; that of answers is the upstream's."""
        self._client.close()

    def _post(self, path: str, body: dict[str, str]) -> httpx.Response:
        try:
            return self._client.post(f"{self.url}/{path}", json=body)
        except httpx.HTTPError as error:
            self.lost()
            raise Unavailable(f"the vLLM server at {self.url} did not answer ({type(error).__name__}): start it again, "
                              "or look at its log.") from error


def _said(answer: httpx.Response) -> str:
    try:
        told = answer.json()
        told = told.get("error", told)
        return str(told.get("message", told) if isinstance(told, dict) else told)[:200].rstrip(". ")
    except ValueError:
        return str(answer.status_code)
