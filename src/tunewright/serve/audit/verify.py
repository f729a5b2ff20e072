"""Whether every line of the trail is as it was written, and every closed segment is there. No key is needed."""

from collections.abc import Iterator

from tunewright.core.digest import digest_bytes
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.ledger import GENESIS
from tunewright.serve.audit.segment import anchors, dropped, here, sound


def verify(home: Home) -> Iterator[str]:
    """One sentence for each line that was changed, and each anchored segment that is gone, cut or rewritten."""
    entries, gone = anchors(home), dropped(home)
    paths = {path.name: path for path in here(home)}
    for name in sorted({*entries, *paths}):
        entry = entries.get(name)
        if name in gone and entry:
            if name in paths or home.store.has(entry.data["digest"]):
                yield (f"audit: segment {name} was to be dropped by ledger entry {gone[name].number} and is still "
                       "there: start a gateway, which goes on where that stopped.")
            continue
        if name in paths:
            content = paths[name].read_bytes()
        else:
            assert entry is not None
            try:
                content = home.store.get(entry.data["digest"])
            except Fault:
                yield f"audit: segment {name}, anchored in ledger entry {entry.number}, is gone."
                continue
        broken = list(_breaks(name, content))
        yield from broken
        if not broken and entry and digest_bytes(content) != entry.data["digest"]:
            yield (f"audit: segment {name} is not what ledger entry {entry.number} anchored ({entry.data['lines']} "
                   "lines): it was cut, lengthened or rewritten.")


def _breaks(name: str, content: bytes) -> Iterator[str]:
    previous: str | None = GENESIS
    lines = content.split(b"\n")
    for number, line in enumerate(lines[:-1], 1):
        record = sound(line)
        if record is None:
            yield f"audit: line {number} of {name} was changed after it was written."
        elif previous is not None and record["previous"] != previous:
            yield f"audit: line {number} of {name} does not follow the line before it: one was taken out or moved."
        previous = record["line"] if record else None
    if lines[-1]:
        yield f"audit: line {len(lines)} of {name} was changed after it was written: it has no end."
