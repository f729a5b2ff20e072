"""The command `tunewright`: verbs that are loaded when they are named, and faults told in one sentence."""

import importlib
import sys
import time
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

import click

from tunewright.cli import crash
from tunewright.core.errors import EXIT_FAULT, EXIT_GATE_UNDECIDED, EXIT_OK, Fault, Undecided
from tunewright.core.visible import visible

EXIT_CRASH = 1
EXIT_INTERRUPTED = 130
VERBS = ("init", "check", "data", "review", "advise", "train", "evaluate", "judge", "gate", "run", "merge", "promote",
         "rollback", "serve", "feedback", "monitor", "work", "key", "export", "copy", "show", "log", "diff",
         "explain", "verify", "retention", "withdraw", "schema", "completion")


class Verbs(click.Group):
    """A group whose verbs lie in files of their own, imported when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Every verb, in the order of a release's life."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The verb of that name, or None."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"tunewright.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str],
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, but an unknown verb names the nearest one."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            near = get_close_matches(args[0], VERBS, n=1)
            raise Fault(f"there is no verb {args[0]}" + (f": did you mean {near[0]}?" if near else
                                                         ": `tunewright --help` lists them."))
        return super().resolve_command(ctx, args)

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> Any:
        """Run a verb and leave with its exit code; nothing ends in a traceback on the screen."""
        extra |= {"standalone_mode": False, "prog_name": "tunewright", "obj": time.perf_counter()}
        sys.exit(told(lambda: super(Verbs, self).main(args, **extra)))


def told(call: Callable[[], Any]) -> int:
    """The exit code that a call returns or ends with; what ends it is told in one sentence."""
    try:
        code = call()
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as error:
        return _failed(_going_on(error), EXIT_INTERRUPTED)
    except Undecided as undecided:
        return _failed(str(undecided), EXIT_GATE_UNDECIDED)
    except Fault as fault:
        return _failed(str(fault), EXIT_FAULT)
    except click.UsageError as error:
        return _failed(_usage(error), EXIT_FAULT)
    except click.ClickException as error:
        return _failed(error.format_message(), EXIT_FAULT)
    except OSError as error:
        return _failed(_system(error), EXIT_FAULT)
    except SystemExit:  # how click leaves when the reader of our output went away (`tunewright log | head`)
        return EXIT_OK
    except Exception as error:  # noqa: BLE001 - the last resort: keep the traceback in a file, tell one sentence
        short = crash.lacking(error)
        return _failed(short, EXIT_FAULT) if short else _failed(crash.keep(error), EXIT_CRASH)
    return code if isinstance(code, int) else EXIT_OK


def _failed(sentence: str, code: int) -> int:
    click.echo("tunewright: " + visible(" ".join(sentence.split())), err=True)
    return code


def _usage(error: click.UsageError) -> str:
    """The sentence of a wrong option, with the nearest one, and where the right ones are listed."""
    message = error.format_message().rstrip(".")
    if isinstance(error, click.NoSuchOption):
        near = get_close_matches(error.option_name, _options(error.ctx), n=1)
        message = f"there is no option {error.option_name}" + (f": did you mean {near[0]}?" if near else "")
    verb = error.ctx.command_path if error.ctx else "tunewright"
    message = message[:1].lower() + message[1:]
    return f"{message}{'' if message.endswith('?') else '.'} `{verb} --help` tells more."


def _options(ctx: click.Context | None) -> list[str]:
    return [word for param in (ctx.command.params if ctx else []) for word in param.opts]


def _system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}: mend that and run the same command again; nothing half-made was left."


def _going_on(error: BaseException) -> str:
    notes = getattr(error.__cause__ or error.__context__ or error, "__notes__", [])
    return "stopped" + (f": {notes[-1]}" if notes else "; nothing half-made was left.")


@click.group(cls=Verbs, invoke_without_command=True,
             context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tunewright", message="%(version)s")
@click.pass_context
def tunewright(ctx: click.Context) -> None:
    """Take a team from a data file to a served model update, and back again.

    Exit codes: 0 done, 2 a fault to mend, 3 the gate failed, 4 undecided, 130 stopped.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
