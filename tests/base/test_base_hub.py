import httpx
import pytest
from huggingface_hub import errors

from tunewright.base import find, hub
from tunewright.core.errors import Fault
from tunewright.recipe import BaseSpec

SPEC = BaseSpec(name="owner/name", revision="v1")
RESPONSE = httpx.Response(404, request=httpx.Request("GET", "https://hub.invalid"))


def test_a_hub_id_has_an_owner_and_a_name():
    assert hub.looks_like_id("meta-llama/Llama-3.2-1B")
    assert not any(map(hub.looks_like_id, ["tiny", "../up", "a/b/c", "/abs/path", "~/x"]))


@pytest.mark.parametrize(("error", "says"), [
    (errors.RepositoryNotFoundError("x", response=RESPONSE), "no base 'owner/name' on the hub"),
    (errors.GatedRepoError("x", response=RESPONSE), "gated: accept its terms"),
    (errors.RevisionNotFoundError("x", response=RESPONSE), "no revision 'v1'"),
    (errors.LocalEntryNotFoundError("x\ny"), "the hub cannot be reached"),
    (errors.OfflineModeIsEnabled("x"), "the hub cannot be reached"),
    (OSError("x"), "the hub cannot be reached")])
def test_a_base_that_cannot_be_had_is_told_in_one_sentence(monkeypatch, error, says, tmp_path):
    def refuse(*args, **choices):
        raise error

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(Fault, match=says) as told:
        find(SPEC, tmp_path)
    assert "\n" not in str(told.value)


def test_only_what_is_safe_to_load_is_fetched(monkeypatch, tmp_path):
    asked = {}

    def fetch(name, **choices):
        asked.update(name=name, **choices)
        return str(tmp_path)

    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    assert hub.fetch(SPEC) == tmp_path
    assert (asked["name"], asked["revision"]) == ("owner/name", "v1")
    assert not any(pattern.endswith((".bin", ".pt", ".py")) for pattern in asked["allow_patterns"])


def test_offline_without_a_cached_copy_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(Fault, match="the hub cannot be reached"):
        find(SPEC, tmp_path)
