"""For every test: no network, no colour, nobody's state folder, and the same random examples each time."""

import os

import pytest
from hypothesis import settings

os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", NO_COLOR="1")

# Slow machines are no fault of a property; the same examples in every run keep CI and a desk in agreement.
settings.register_profile("here", deadline=None, derandomize=True, database=None)
settings.load_profile("here")


@pytest.fixture(autouse=True)
def _nobodys_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's TUNEWRIGHT_HOME, store or ledger is never written by a test."""
    for name in ("TUNEWRIGHT_HOME", "TUNEWRIGHT_STORE", "TUNEWRIGHT_LEDGER", "TUNEWRIGHT_WITHDRAWAL_KEY"):
        monkeypatch.delenv(name, raising=False)
