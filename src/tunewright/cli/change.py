"""How a promotion or rollback is told."""

import time
from collections.abc import Callable
from dataclasses import asdict

import click

from tunewright.cli.output import emit
from tunewright.core.digest import short
from tunewright.registry import Change


def tell(change: Callable[[], Change], as_json: bool) -> None:
    """Make the change and print it: one line, or the fields name, now, before, digest, seconds and entry."""
    began = time.perf_counter()
    done = change()
    seconds = time.perf_counter() - began
    before = done.before.reference if done.before else None
    if as_json:
        emit({"name": done.now.name, "now": done.now.reference, "before": before, "digest": done.now.digest,
              "seconds": round(seconds, 4), "entry": asdict(done.entry) if done.entry else None})
        return
    end = (f"in {seconds * 1000:.0f} ms · entry {short(done.entry.digest)} by {done.entry.by}" if done.entry
           else "would change; this was a dry run")
    flag = " · overridden" if done.entry and done.entry.data.get("override") else ""
    flag += " · came from records that were withdrawn" if done.entry and done.entry.data.get("withdrawals") else ""
    click.echo(f"{done.now.name}: {_step(done)} {end}{flag}")


def _step(done: Change) -> str:
    """What goes where."""
    was = f"@{done.before.number}" if done.before else "nothing"
    data = done.entry.data if done.entry else {}
    if "share" in data:
        verb = "is shown" if data["shadow"] else "answers"
        return f"@{done.now.number} {verb} {100 * data['share']:.4g} % as {data['arm']}, beside {was}"
    if "aborted" in data:
        return f"@{data['aborted']} is {data['arm']} no more, {was} answers all"
    if "arms" in data:
        return f"{', '.join(data['arms'])} taken away, {was} answers all"
    return f"{was} → @{done.now.number}"
