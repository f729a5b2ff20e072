"""Merge, as a person types it."""

import json
import re

from verb import sentence, tune


def test_an_adapter_becomes_a_whole_model_that_names_it(desk):
    told = tune("merge", "desk@1", "--why", "for a server without adapters", "--by", "mira")
    assert re.fullmatch(r"desk: lora of model [0-9a-f]{6} in \S+ → model [0-9a-f]{6} · logits agree to \S+\n",
                        told.stdout)
    entry = json.loads(tune("log", "--json").stdout)[-1]
    assert (entry["action"], entry["by"], entry["why"]) == ("merge", "mira", "for a server without adapters")
    whole = json.loads(tune("show", entry["data"]["model"][:12], "--json").stdout)["record"]
    assert (whole["adapter"], whole["after"]) == (False, entry["data"]["adapter"])
    assert tune("verify").exit_code == 0


def test_the_model_of_a_release_may_be_named_by_digest(desk):
    told = json.loads(tune("merge", "desk@1", "--why", "a", "--json").stdout)
    again = json.loads(tune("merge", told["after"][:12], "--why", "b", "--json").stdout)
    assert again["digest"] == told["digest"]


def test_a_merge_without_a_reason_is_refused(desk):
    assert "say why you merge" in sentence(tune("merge", "desk@1", "--why", " "))


def test_a_whole_model_is_refused_and_so_is_another_record(desk):
    told = json.loads(tune("merge", "desk@1", "--why", "a", "--json").stdout)
    assert "is whole already" in sentence(tune("merge", told["digest"][:12], "--why", "b"))
    assert "is a dataset, and merge takes a release or a model" in sentence(
        tune("merge", told["dataset"][:12], "--why", "b"))
    assert "missing option '--why'" in sentence(tune("merge", "desk@1"))
