"""Write docs/cli: one page per verb, from the command itself. What stands below a page's first `## ` heading is
written by hand and kept. Run it after changing a verb: `.venv/bin/python scripts/cli_pages.py`."""

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
    rows = [row for param in command.get_params(inner) if (row := _row(param, inner))]
    return "\n\n".join([*lines, "\n".join(["| option | what it does |", "| --- | --- |", *rows])]) + "\n"


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
