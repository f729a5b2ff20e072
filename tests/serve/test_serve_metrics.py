"""The dashboard and the page speak of figures that there are."""

import json
import re
from importlib.resources import files
from pathlib import Path

from tunewright.serve.metrics import Metrics

NAME = re.compile(r"\btunewright_[a-z_]+")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "serve.md"


def told():
    """Every name that `/metrics` tells."""
    families = list(Metrics().registry.collect())
    plain = {family.name + {"counter": "_total"}.get(family.type, "") for family in families}
    return plain | {f"{family.name}_bucket" for family in families if family.type == "histogram"}


def test_every_figure_of_the_dashboard_is_one():
    board = json.loads(files("tunewright.serve").joinpath("grafana.json").read_text("utf-8"))
    asked = {name for panel in board["panels"] for target in panel["targets"] for name in NAME.findall(target["expr"])}
    assert len(asked) > 8
    assert asked - told() == set()


def test_every_figure_is_on_the_page():
    families = {name for name in told() if not name.endswith("_bucket")}
    assert families - set(NAME.findall(PAGE.read_text("utf-8"))) == set()
