"""Options that several verbs share, each worded once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

home = click.option("--home", type=click.Path(path_type=Path), metavar="DIR",
                    help="State folder; else TUNEWRIGHT_HOME, else .tunewright here or in a folder above.")
by = click.option("--by", metavar="NAME", help="Who acts, for the ledger; else the operating-system user.")
why = click.option("--why", required=True, metavar="REASON", help="The reason, for the ledger.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of lines.")
dry_run = click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
strict = click.option("--strict", is_flag=True, help="Refuse a source whole if any record of it cannot be used.")
recipe = click.argument("recipe", type=click.Path(path_type=Path))
