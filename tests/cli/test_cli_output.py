"""Lines, durations, colours and tables."""

import io
import sys
import time

import click
import pytest

from tunewright.cli.output import Screen, fancy, table
from tunewright.core.visible import visible


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen():
    with click.Context(click.Command("run"), obj=time.perf_counter() - 7500):
        yield Screen()


def test_lines_wait_until_there_is_work(screen, capsys):
    screen.say("data", "60 records")
    assert capsys.readouterr().out == ""
    screen.flow()
    screen.say("check", "proven")
    assert [line[:10].strip() for line in capsys.readouterr().out.splitlines()] == ["data", "check"]


def test_of_a_run_with_nothing_to_do_only_the_last_line_is_seen(screen, capsys):
    screen.say("data", "60 records")
    screen.last("nothing to do")
    assert capsys.readouterr().out.startswith("nothing to do ")


def test_seconds_stand_at_the_right_of_a_stages_first_line(screen, capsys):
    screen.flow()
    screen.say("train", "4/4\nbest at step 3")
    first, second = capsys.readouterr().out.splitlines()
    assert len(first) == 118
    assert first.endswith("min")
    assert second == "          best at step 3"


def test_further_lines_of_a_stage_leave_its_name_out(screen, capsys):
    screen.flow()
    screen.say("gate", "fail\nbecause")
    screen.say("gate", "and because")
    assert [line[:10].strip() for line in capsys.readouterr().out.splitlines()] == ["gate", "", ""]


def test_progress_is_silent_without_a_terminal(screen, capsys):
    screen.progress("train", "1/4")
    assert capsys.readouterr().err == ""


def test_colour_is_for_terminals_that_want_it(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert fancy(Terminal())
    assert not fancy(io.StringIO())
    monkeypatch.setenv("TERM", "dumb")
    assert not fancy(Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not fancy(Terminal())


def test_progress_redraws_one_line_and_is_taken_away(screen, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    screen.progress("train", "1/4")
    screen.progress("train", "2/4")  # too soon to be drawn
    screen.clear()
    assert terminal.getvalue() == "\r\x1b[Ktrain     1/4\r\x1b[K"


def test_a_table_lines_up(capsys):
    table([["desk@1", "live"], ["a", "retired"]], ["release", "status"])
    assert capsys.readouterr().out == "release  status\ndesk@1   live\na        retired\n"


def test_a_table_on_a_terminal_shows_what_looks_like_markup(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    table([["desk@1", "[role-token]"]], ["release", "why"])
    assert "[role-token]" in terminal.getvalue()


def test_a_terminal_too_narrow_for_columns_gets_plain_lines(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    table([["support-desk@1", "candidate", "undecided", "root"]], ["release", "status", "verdict", "by"])
    assert "support-desk@1  candidate  undecided  root\n" in terminal.getvalue()


def test_a_closed_stream_is_no_terminal():
    assert not fancy(None)


def test_what_a_file_says_cannot_steer_the_terminal(screen, capsys):
    screen.flow()
    hostile = "a\x1b[2J\x9bb\rc\u202ed\ud83d\x00\te"
    shown = "a\\x1b[2J\\x9bb\\rc\\u202ed\\ud83d\\x00\te"
    assert visible(hostile) == shown
    screen.say("data", hostile)
    table([[hostile]], ["what"])
    told, *rows = capsys.readouterr().out.splitlines()
    assert told.startswith(f"data      {shown}") and rows == ["what", shown]


def test_ordinary_text_is_shown_as_it_is():
    assert visible("größer → 日本語 🙂\n\tx") == "größer → 日本語 🙂\n\tx"
