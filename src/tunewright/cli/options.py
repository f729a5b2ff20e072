"""Options that several verbs share, each worded once."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Amount(click.FloatRange):
    """A number above 0 that is one: `inf` and `nan` pass a plain range, and no JSON can hold them."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number. Raises click.BadParameter if it is none, or has no end."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is no finite number", param, ctx)
        return number



home = click.option("--home", type=click.Path(path_type=Path), metavar="DIR",
                    help="State folder; else TUNEWRIGHT_HOME, else .tunewright here or in a folder above.")
by = click.option("--by", metavar="NAME", help="Who acts, for the ledger; else the operating-system user.")
why = click.option("--why", required=True, metavar="REASON", help="The reason, for the ledger.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of lines.")
dry_run = click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
strict = click.option("--strict", is_flag=True, help="Refuse a source whole if any record of it cannot be used.")
recipe = click.argument("recipe", type=click.Path(path_type=Path))
