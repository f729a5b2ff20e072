import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from verb import command, sentence, tune

from tunewright.cli.group import VERBS, Verbs, tunewright

LIGHT = "import atexit; atexit.register(lambda: print('HEAVY', [name for name in ('torch', 'transformers', 'peft'," \
    " 'sqlalchemy', 'pydantic', 'rich') if name in sys.modules], file=sys.stderr))"


def test_help_lists_every_verb():
    listed = tune("--help").stdout
    assert [verb for verb in VERBS if f"\n  {verb} " not in listed] == []
    assert "..." not in listed.partition("Commands:")[2]


def test_every_verb_says_what_it_does():
    for verb in VERBS:
        result = tune(verb, "--help")
        assert result.exit_code == 0
        assert result.stdout.startswith(f"Usage: tunewright {verb}")


def test_without_a_verb_it_shows_the_help():
    assert tune().stdout == tune("--help").stdout


def test_version():
    assert tune("--version").stdout == "0.1.0\n"


@pytest.mark.parametrize(("words", "told"), [
    (["promte"], "there is no verb promte: did you mean promote?"),
    (["zzz"], "there is no verb zzz: `tunewright --help` lists them."),
    (["log", "--jsn"], "there is no option --jsn: did you mean --json? `tunewright log --help` tells more."),
    (["rollback", "desk"], "missing option '--why'. `tunewright rollback --help` tells more."),
    (["run"], "missing argument 'RECIPE'. `tunewright run --help` tells more."),
    (["completion", "tcsh"],
     "invalid value for 'SHELL': 'tcsh' is not one of 'bash', 'zsh', 'fish'."
     " `tunewright completion --help` tells more."),
])
def test_a_wrong_word_is_told_in_one_sentence_with_the_nearest(words, told):
    result = tune(*words)
    assert result.exit_code == 2
    assert sentence(result) == told


def test_help_imports_only_click():
    assert command("--help", code=LIGHT).stderr == "HEAVY []\n"


def test_help_takes_little_of_the_processor():
    """Not the clock, which a busy machine stretches: on an idle one the two agree."""
    before = os.times()
    subprocess.run([Path(sys.executable).parent / "tunewright", "--help"], check=True, capture_output=True)
    after = os.times()
    assert after.children_user + after.children_system - before.children_user - before.children_system < 0.35


def test_log_does_not_import_torch(desk):
    told = command("log", code=LIGHT)
    assert "desk@1" in told.stdout
    assert told.stderr == "HEAVY ['sqlalchemy', 'pydantic']\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell):
    assert "_TUNEWRIGHT_COMPLETE" in tune("completion", shell).stdout


def test_the_shell_completes_verbs():
    told = command(_TUNEWRIGHT_COMPLETE="bash_complete", COMP_WORDS="tunewright ro", COMP_CWORD="1")
    assert told.stdout.strip() == "plain,rollback"


def group(raised: BaseException) -> click.Group:
    """The command with one verb, which raises."""

    def body() -> None:
        raise raised

    made = click.Group("tunewright", params=[])
    made.__class__ = Verbs
    made.get_command = lambda ctx, name: click.Command("log", callback=body)  # type: ignore[method-assign]
    return made


def told_of(raised: BaseException):
    from click.testing import CliRunner

    return CliRunner().invoke(group(raised), ["log"])


def test_a_system_error_is_one_sentence():
    result = told_of(OSError(28, "No space left on device", "/data/x"))
    assert result.exit_code == 2
    assert sentence(result).startswith("/data/x: No space left on device: mend that")


def test_an_interrupt_is_one_sentence():
    result = told_of(KeyboardInterrupt())
    assert result.exit_code == 130
    assert result.stderr.strip() == "tunewright: stopped; nothing half-made was left."


def test_an_unforeseen_error_leaves_a_file_and_a_sentence():
    result = told_of(ZeroDivisionError("by zero"))
    assert result.exit_code == 1
    told = sentence(result)
    assert told.startswith("this should not happen (ZeroDivisionError: by zero); the traceback is in ")
    path = Path(told.split("the traceback is in ")[1].split(":")[0])
    assert "ZeroDivisionError: by zero" in path.read_text()


def test_an_unforeseen_error_in_a_run_is_kept_with_the_run(tmp_path):
    error = ZeroDivisionError("by zero")
    error.add_note(str(tmp_path))
    assert str(tmp_path / "traceback.txt") in sentence(told_of(error))
    assert (tmp_path / "traceback.txt").exists()


def test_a_reader_that_goes_away_is_no_fault(desk):
    process = subprocess.Popen([Path(sys.executable).parent / "tunewright", "log", "--json"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait() == 0


def test_a_run_that_is_interrupted_says_how_to_go_on(desk):
    (desk / "desk.yaml").write_text((desk / "desk.yaml").read_text().replace("steps: 4", "steps: 100000"))
    process = subprocess.Popen([Path(sys.executable).parent / "tunewright", "run", "desk.yaml"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if line.startswith("plan"):
                break
        os.kill(process.pid, signal.SIGINT)
        _, notices = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert notices.strip() == "tunewright: stopped: `tunewright run desk.yaml` goes on where this stopped."


def test_the_group_is_what_the_command_runs():
    assert isinstance(tunewright, Verbs)
