import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "pipeline"))
from kitchen import write_kitchen

from tunewright.core.home import Home


@pytest.fixture
def home(tmp_path) -> Home:
    made = Home(tmp_path / ".tunewright")
    made.path.mkdir()
    return made


@pytest.fixture
def kitchen(tmp_path) -> Path:
    """A recipe that passes, beside its base."""
    folder = tmp_path / "kitchen"
    folder.mkdir()
    return write_kitchen(folder)
