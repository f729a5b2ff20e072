from collections.abc import Iterator
from pathlib import Path

import pytest
from gateways import Gateway, add_release, made_up, running

from tunewright import registry
from tunewright.core.home import Home
from tunewright.engine import FakeEngine


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with `desk@1` live and `desk@2`, `desk@3` waiting."""
    home = Home(tmp_path)
    for number in (1, 2, 3):
        add_release(home, made_up(home, number))
    registry.promote(home, "desk@1", "mira", "first")
    return home


@pytest.fixture
def gateway(home: Home) -> Iterator[Gateway]:
    """A gateway of that home on the fake engine."""
    with running(home, FakeEngine()) as found:
        yield found
