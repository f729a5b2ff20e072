import sys
from pathlib import Path

import pytest

from tunewright.core.home import Home

sys.path.append(str(Path(__file__).parents[1] / "registry"))


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path)
