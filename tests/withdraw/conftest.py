import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))
from world import World


@pytest.fixture
def world(tmp_path) -> World:
    return World(tmp_path)
