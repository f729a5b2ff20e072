"""`tunewright key`: who may ask the gateway, for what, how much and how long."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunewright.cli import options

if TYPE_CHECKING:
    from tunewright.serve.keys import Key


@click.group()
def command() -> None:
    """Make, list and revoke API keys.

    A gateway that has keys answers nobody else. Changes reach a running gateway within a second.
    """


@command.command()
@click.argument("names", nargs=-1)
@click.option("--days", type=click.IntRange(1), help="Days until it expires; never unless given.")
@click.option("--requests", type=click.IntRange(1), help="Most requests a minute.")
@click.option("--tokens", type=click.IntRange(1), help="Most tokens a minute, read and written.")
@click.option("--budget", type=options.Amount(),
              help="Most that a calendar month may cost, in the currency of the recipe's serve.price.")
@options.why
@options.by
@options.home
@options.as_json
def create(names: tuple[str, ...], days: int | None, requests: int | None, tokens: int | None, budget: float | None,
           why: str, by: str | None, home: Path | None, as_json: bool) -> None:
    """Make a key and print it, once.

    It sees the releases of NAMES (`base` is the bare base), or all if none is named. Only a hash of it is kept.
    """
    from tunewright.cli.output import emit
    from tunewright.core.home import find_home
    from tunewright.serve import keys

    key, text = keys.create(find_home(named=home), by or "", why, names=names, days=days, requests=requests,
                            tokens=tokens, budget=budget)
    if as_json:
        emit({"key": text, **_fields(key)})
        return
    click.echo(text)
    click.echo(f"key {key.id} for {', '.join(key.names) or 'every name'}, {_ends(key)}: "
               "keep it now, it is shown this once", err=True)


@command.command("list")
@options.home
@options.as_json
def list_keys(home: Path | None, as_json: bool) -> None:
    """List every key, good or not."""
    from tunewright.cli.output import emit, table
    from tunewright.core.home import find_home
    from tunewright.serve import keys

    known = keys.listed(find_home(named=home))
    if as_json:
        emit([_fields(key) for key in known])
        return
    if not known:
        click.echo("there are no keys: whoever reaches the gateway may ask; `tunewright key create` makes one.",
                   err=True)
        return
    table([[key.id, key.status, ", ".join(key.names) or "every name", (key.expires or "never")[:10], _bounds(key),
            f"{key.why} ({key.by})"] for key in known], ["key", "status", "names", "expires", "bounds", "why"])


@command.command()
@click.argument("key")
@options.why
@options.by
@options.home
def revoke(key: str, why: str, by: str | None, home: Path | None) -> None:
    """Make a key good no more."""
    from tunewright.core.home import find_home
    from tunewright.serve import keys

    done = keys.revoke(find_home(named=home), key, by or "", why)
    click.echo(f"key {done.id} is revoked: gateways refuse it within a second")


def _fields(key: "Key") -> dict[str, object]:
    """All that is known of a key but its hash."""
    return {name: value for name, value in asdict(key).items() if name != "digest"} | {"status": key.status}


def _ends(key: "Key") -> str:
    return f"until {key.expires[:10]}" if key.expires else "without end"


def _bounds(key: "Key") -> str:
    """Its limits in a few words."""
    told = [(key.requests, "requests/min"), (key.tokens, "tokens/min"), (key.budget, "a month")]
    return ", ".join(f"{value:,} {what}" for value, what in told if value) or "none"
