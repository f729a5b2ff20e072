"""Write docs/cli: one page per verb, from the command itself. What stands below a page's first `## ` heading is
written by hand and kept. Run it after changing a verb: `.venv/bin/python scripts/cli_pages.py`."""

from collections.abc import Iterator
from pathlib import Path

import click

from tunewright.cli.group import VERBS, tunewright

PAGES = Path(__file__).resolve().parents[1] / "docs" / "cli"


def page(verb: str) -> str:
    """The generated part of a verb's page."""
    context = click.Context(tunewright, info_name="tunewright", **tunewright.context_settings)
    command = tunewright.get_command(context, verb)
    assert command is not None and command.help
    inner = click.Context(command, info_name=verb, parent=context)
    about = command.help.replace("\b\n", "").strip().split("\n\n")
    usage = command.get_usage(inner).removeprefix("Usage: ")
    lines = [f"# tunewright {verb}", *(" ".join(part.split()) for part in about), f"```\n{usage}\n```"]
    return "\n\n".join([*lines, _options(command, inner), *_parts(command, inner)]) + "\n"


def _options(command: click.Command, context: click.Context) -> str:
    rows = [row for param in command.get_params(context) if (row := _row(param, context))]
    return "\n".join(["| option | what it does |", "| --- | --- |", *rows])


def _parts(command: click.Command, context: click.Context) -> Iterator[str]:
    """Each command of a group: what it does, how it is called, its options."""
    for name, part in (command.commands if isinstance(command, click.Group) else {}).items():
        inner = click.Context(part, info_name=name, parent=context)
        yield f"### {name}"
        yield from (" ".join(text.split()) for text in (part.help or "").strip().split("\n\n"))
        yield f"```\n{part.get_usage(inner).removeprefix('Usage: ')}\n```"
        yield _options(part, inner)


def _row(param: click.Parameter, context: click.Context) -> str | None:
    record = param.get_help_record(context)
    if record is None or not record[1]:
        return None
    option, what = (" ".join(part.split()).replace("|", "\\|") for part in record)
    return f"| `{option}` | {what} |"


def index() -> str:
    """The list of all verbs."""
    context = click.Context(tunewright, info_name="tunewright")
    rows = [f"| [{verb}]({verb}.md) | {tunewright.get_command(context, verb).get_short_help_str(80)} |"  # type: ignore
            for verb in VERBS]
    return "\n".join(["# The command", "", "`tunewright VERB`, in the order of a release's life. "
                      "[Exit codes](../exit-codes.md) are the same for all.", "", "| verb | what it does |",
                      "| --- | --- |", *rows]) + "\n"


def by_hand(path: Path) -> str:
    """The part of a page that is written by hand: from its first `## ` heading."""
    text = path.read_text("utf-8") if path.exists() else ""
    _, heading, rest = text.partition("\n## ")
    return heading + rest


def main() -> None:
    """Write every page."""
    PAGES.mkdir(parents=True, exist_ok=True)
    (PAGES / "README.md").write_text(index(), "utf-8")
    for verb in VERBS:
        path = PAGES / f"{verb}.md"
        path.write_text(page(verb) + by_hand(path), "utf-8")


if __name__ == "__main__":
    main()
