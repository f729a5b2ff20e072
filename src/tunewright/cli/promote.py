"""`tunewright promote`: make a release live, at once or by a canary."""

from pathlib import Path
from typing import Any

import click

from tunewright.cli import options


def _share(_context: click.Context, _option: click.Parameter, value: str | None) -> float | None:
    """`10%` or `0.1` as a number; what it may be is checked where it is used."""
    if value is None:
        return None
    try:
        return float(value.removesuffix("%")) / 100 if value.endswith("%") else float(value)
    except ValueError as error:
        raise click.BadParameter(f"{value} is no share: say one such as 10%.") from error


@click.command()
@click.argument("release")
@options.why
@click.option("--canary", callback=_share, metavar="SHARE", help="Only for so much of what is asked, e.g. 10%.")
@click.option("--shadow", callback=_share, metavar="SHARE", help="For nobody: it is asked so much too.")
@click.option("--to", callback=_share, metavar="SHARE", help="Change the share of a canary.")
@click.option("--full", is_flag=True, help="Make the canary's release live.")
@click.option("--abort", is_flag=True, help="Take the canary away.")
@click.option("--arm", metavar="NAME", help="Name of the canary, where there are several; else `canary`.")
@click.option("--override", is_flag=True, help="Promote although the verdict is not pass; the ledger says so.")
@options.dry_run
@options.by
@options.home
@options.as_json
def command(
    release: str, why: str, canary: float | None, shadow: float | None, to: float | None, full: bool, abort: bool,
    arm: str | None, override: bool, dry_run: bool, by: str | None, home: Path | None, as_json: bool,
) -> None:
    """Make a release live.

    RELEASE reads name@number, or a digest of four digits or more. Gateways follow within a second. A release
    whose verdict is not pass is refused unless you take it on yourself with --override.

    With --canary it answers a share of what is asked, always of the same users and conversations; --to changes the
    share, --full makes it live and --abort takes it away (RELEASE may then be the bare name). Several arms with names
    of their own are an A/B test.
    """
    from tunewright import registry, verbs
    from tunewright.cli.change import tell
    from tunewright.core.errors import Fault
    from tunewright.core.home import find_home

    ways = [word for word, given in (("--canary", canary), ("--shadow", shadow), ("--to", to), ("--full", full or None),
                                     ("--abort", abort or None)) if given is not None]
    if len(ways) > 1:
        raise Fault(f"{' and '.join(ways)} do not go together: give one of them.")
    common: dict[str, Any] = {"why": why, "by": by, "dry_run": dry_run, "home": home}
    share = canary if canary is not None else shadow

    def change() -> registry.Change:
        if abort:
            return verbs.abort(release, arm=arm, **common)
        if share is not None:
            return verbs.canary(release, share, arm=arm or registry.CANARY, shadow=shadow is not None,
                                override=override, **common)
        if to is None and not full:
            return verbs.promote(release, override=override, **common)
        one = registry.held(find_home(named=home), release, arm)
        reference = f"{release.partition('@')[0]}@{one.number}"
        if to is None:
            return verbs.promote(reference, override=True, **common)
        return verbs.canary(reference, to, arm=one.name, shadow=one.shadow, override=True, **common)

    tell(change, as_json)
