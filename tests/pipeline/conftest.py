import pytest
from kitchen import write_kitchen


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    """The passing recipe, in a folder of its own that is the current one."""
    monkeypatch.chdir(tmp_path)
    return write_kitchen(tmp_path)
