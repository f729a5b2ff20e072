"""For every test: no network, no colour, nobody's state folder, and the same random examples each time."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", NO_COLOR="1")

# Slow machines are no fault of a property; the same examples in every run keep CI and a desk in agreement.
settings.register_profile("here", deadline=None, derandomize=True, database=None)
settings.load_profile("here")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Data from public repositories, beside the project or where TUNEWRIGHT_REAL_DATA says."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    path = Path(os.environ.get("TUNEWRIGHT_REAL_DATA") or beside)
    if not path.is_dir():
        pytest.skip(f"skipped: the real data is not at {path}; set TUNEWRIGHT_REAL_DATA to its folder")
    return path


@pytest.fixture(autouse=True)
def _nobodys_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's TUNEWRIGHT_HOME, store or ledger is never written by a test."""
    for name in ("TUNEWRIGHT_HOME", "TUNEWRIGHT_STORE", "TUNEWRIGHT_LEDGER", "TUNEWRIGHT_WITHDRAWAL_KEY"):
        monkeypatch.delenv(name, raising=False)
