"""Where an encoder puts the sampled questions of a live release: asked by the monitor, never by the gateway.

Kept no longer than the release is live, nor than the policy keeps the record that a question stands in.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tunewright.core.digest import digest_json
from tunewright.core.home import Home
from tunewright.core.run import Say
from tunewright.data.retention import expires
from tunewright.monitor.background import Background, Record
from tunewright.monitor.encoder import Encoder
from tunewright.monitor.withheld import Withheld
from tunewright.recipe.engine import AddressSpec
from tunewright.serve.figures import question

FOLDER = "embedded"
MOST = 1_000
"""Questions that wait at most."""


class Embeddings:
    """Of the release `name`@`live[0]`, live since `live[1]`. `retention` is that of its audit trail."""

    def __init__(self, home: Home, name: str, live: tuple[int, str], spec: AddressSpec, retention: str | None,
                 say: Say) -> None:
        self._encoder, self._retention = Encoder(spec), retention
        path = home.path / FOLDER / name / f"{digest_json([*live, spec.url.rstrip('/'), spec.model])[:16]}.jsonl"
        _clear(path)
        self._asked: Background[list[int] | None] = Background(path, self._ask, "the encoder", say, MOST)
        self._withheld = Withheld(home, "the encoder", say)
        self._waiting: dict[str, bool] = {}
        self._day: date | None = None
        self._expire()

    def take(self, record: Mapping[str, Any], early: bool) -> Iterator[tuple[list[int], bool]]:
        """What is kept of this answer's question, and whether it was asked `early`. If that is nothing yet, the encoder
        is asked, provided that the answer is sampled and its text is there.
        """
        if record["id"] in self._asked.said:
            yield from self._told(record["id"], early)
        elif "figures" in record and _text(record) and self._withheld.may(record) and self._asked.want(record):
            self._waiting[record["id"]] = early

    def found(self) -> Iterator[tuple[list[int], bool]]:
        """What has come since the last call; the encoder goes on with the others."""
        self._expire()
        if self._withheld.look():
            self._asked.leave_out(self._withheld.may)
        self._asked.go_on()
        for name in [name for name in self._waiting if name in self._asked.said]:
            yield from self._told(name, self._waiting.pop(name))

    def settle(self) -> bool:
        """Wait until the encoder has answered or failed; whether anything has come since the last time."""
        return self._asked.settle()

    def end(self) -> None:
        """Ask about nothing more."""
        self._asked.leave_out(lambda _record: False)

    def _told(self, name: str, early: bool) -> Iterator[tuple[list[int], bool]]:
        cells = self._asked.said[name]
        if cells is not None:
            yield cells, early

    def _ask(self, records: Sequence[Record]) -> dict[str, list[int] | None]:
        cells = self._encoder.cells([_text(record) for record in records])
        return {record["id"]: one for record, one in zip(records, cells, strict=True)}

    def _expire(self) -> None:
        """Once a day: keep no longer what the trail need not keep."""
        today, kept = datetime.now(UTC).date(), self._retention
        if kept and today != self._day:
            self._asked.forget(lambda at: expires(date.fromisoformat(at[:10]), kept) <= today)
        self._day = today


def _text(record: Mapping[str, Any]) -> str:
    prompt = record.get("prompt")
    return question(None, prompt) if isinstance(prompt, str) else question(prompt, None)


def _clear(path: Path) -> None:
    """Take away what was kept of the releases that were live before, and of other encoders."""
    for other in path.parent.glob("*.jsonl"):
        if other != path:
            other.unlink(missing_ok=True)
