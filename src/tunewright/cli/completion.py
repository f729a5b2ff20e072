"""`tunewright completion`: the script with which a shell completes verbs and options."""

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="SHELL")
def command(shell: str) -> None:
    """Print a shell's completion script.

    Put `eval "$(tunewright completion bash)"` into your shell's start file.
    """
    from click.shell_completion import get_completion_class

    from tunewright.cli.group import tunewright

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(tunewright, {}, "tunewright", "_TUNEWRIGHT_COMPLETE").source())
