"""The verbs as Python functions."""

import subprocess
import sys

import pytest

import tunewright
from tunewright import verbs
from tunewright.core.errors import Fault
from tunewright.core.records import Release


def test_the_verbs_are_functions_of_the_package():
    assert [name for name in tunewright.__all__ if not callable(getattr(tunewright, name))] == []
    assert set(tunewright.__all__) <= set(dir(tunewright))
    with pytest.raises(AttributeError, match="promte"):
        tunewright.promte  # noqa: B018


def test_importing_the_package_imports_nothing_heavy():
    told = subprocess.run([sys.executable, "-c", "import sys, tunewright; print(len([name for name in sys.modules if "
                           "name.startswith(('tunewright.', 'pydantic', 'sqlalchemy'))]))"],
                          capture_output=True, text=True, check=True)
    assert told.stdout == "0\n"


def test_from_a_start_to_a_rollback(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sys.path.append(str(__file__).rsplit("/", 2)[0] + "/pipeline")
    from kitchen import write_kitchen, write_recipe

    path = write_kitchen(tmp_path)
    assert tunewright.check(path).findings == ()
    first = tunewright.run(path, by="mira")
    second = tunewright.run(write_recipe(tmp_path, rank=4), by="mira")
    assert [first.reference, second.reference] == ["desk@1", "desk@2"]
    for release in (first, second):
        assert tunewright.promote(release.reference, why="next").now == release
    assert tunewright.rollback("desk", why="worse").now == first
    assert tunewright.show("desk@live") == first
    assert isinstance(tunewright.show(second.digest[:8]), Release)
    assert [entry.action for entry in tunewright.log("desk")] == ["add", "add", "promote", "promote", "rollback"]
    assert tunewright.diff("desk@1", "desk@2").shifts
    assert list(tunewright.verify()) == []
    with pytest.raises(Fault, match="no answer with id"):
        tunewright.explain("chatcmpl-0")


def test_init_and_schema(tmp_path):
    assert tunewright.init(tmp_path, name="shop") == tmp_path / "shop.yaml"
    assert tunewright.schema()["title"] == "Recipe"


def test_a_stage_is_a_function_that_returns_its_record(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sys.path.append(str(__file__).rsplit("/", 2)[0] + "/pipeline")
    from kitchen import write_kitchen

    path = write_kitchen(tmp_path)
    release = verbs.run(path)
    for stage in (verbs.data, verbs.train, verbs.evaluate, verbs.gate):
        record = stage(path)
        assert getattr(release, type(record).__name__.lower()) == record.digest
