"""The pages in docs/cli say what the command says."""

import runpy
from pathlib import Path

import pytest

from tunewright.cli.group import VERBS
from tunewright.core import errors

ROOT = Path(__file__).resolve().parents[2]
PAGES = runpy.run_path(str(ROOT / "scripts" / "cli_pages.py"))


@pytest.mark.parametrize("verb", VERBS)
def test_a_page_says_what_the_verb_says(verb):
    text = (ROOT / "docs" / "cli" / f"{verb}.md").read_text("utf-8")
    assert text.startswith(PAGES["page"](verb)), "run `python scripts/cli_pages.py`"


def test_the_index_lists_every_verb():
    assert (ROOT / "docs" / "cli" / "README.md").read_text("utf-8") == PAGES["index"]()


def test_there_is_no_page_of_a_verb_that_is_gone():
    assert {path.stem for path in (ROOT / "docs" / "cli").glob("*.md")} == {"README", *VERBS}


def test_every_exit_code_has_its_line():
    text = (ROOT / "docs" / "exit-codes.md").read_text("utf-8")
    codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_")} | {1, 130}
    assert [code for code in codes if f"| {code} |" not in text] == []
