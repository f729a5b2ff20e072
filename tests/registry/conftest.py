import pytest

from tunewright.core.home import Home


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path)
