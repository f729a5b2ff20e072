import pytest
from releases import RECIPE, add_release

from tunewright import lineage, registry
from tunewright.core.errors import Corrupt, Fault


def test_a_release_walks_back_to_its_sources(home):
    links = lineage.walk(home, add_release(home, "desk").digest)
    assert [link.kind for link in links] == ["release", "verdict", "report", "model", "dataset", "recipe", "source"]
    assert links[-1].title == "a.csv, 10 rows, CC0-1.0, basis contract"
    assert links[-1].digest in links[4].inputs


def test_a_walk_starts_at_any_record(home):
    release = add_release(home, "desk")
    assert [link.kind for link in lineage.walk(home, release.model)] == ["model", "dataset", "source"]
    assert [link.kind for link in lineage.walk(home, release.recipe)] == ["recipe"]


def test_every_record_has_a_line_for_people(home):
    links = lineage.walk(home, add_release(home, "desk").digest)
    assert {link.kind: link.title for link in links[:6]} == {
        "release": "desk@1", "verdict": "pass: 1 of 1 rules passed", "report": "base, tuned on 1 metrics",
        "model": "lora on tiny (bbbbbb), 1 trained weights", "dataset": "8 train, 0 validation, 2 test",
        "recipe": "Name the intent."}


def test_a_record_is_found_by_a_prefix_of_its_digest(home):
    release = add_release(home, "desk")
    assert lineage.find(home, release.verdict[:10]).digest == release.verdict
    assert lineage.find(home, release.recipe[:10].upper()) == RECIPE


@pytest.mark.parametrize(("prefix", "sentence"), [
    ("abc", "neither name@number nor a digest"), ("desk", "neither name@number nor a digest"),
    ("0" * 12, "no record's digest begins with 000000000000")])
def test_what_is_no_record_is_told(home, prefix, sentence):
    add_release(home, "desk")
    with pytest.raises(Fault, match=sentence):
        lineage.find(home, prefix)


def test_a_file_is_not_taken_for_a_record(home):
    digest = home.store.put(b"just bytes")
    with pytest.raises(Fault, match="no record's digest begins"):
        lineage.find(home, digest[:12])
    with pytest.raises(Corrupt, match="is not a record"):
        lineage.load(home, home.store.put(b'{"some": "json"}'))


def test_an_ambiguous_prefix_names_what_it_could_be(home):
    seen: dict[str, str] = {}
    for seed in range(400):
        model = add_release(home, "desk", seed=str(seed)).model if seed < 1 else home.store.put_record(
            RECIPE.model_copy(update={"purpose": f"Purpose {seed}."}))
        if model[:4] in seen:
            with pytest.raises(Fault, match="give more digits"):
                lineage.find(home, model[:4])
            return
        seen[model[:4]] = model


def test_the_ledger_tells_which_releases_hold_a_dataset(home):
    first, second = add_release(home, "desk", seed="a"), add_release(home, "desk", seed="b")
    registry.promote(home, "desk@2", "mira", "better")
    assert [entry.subject for entry in lineage.about(home, first.dataset)] == ["desk@1", "desk@2"]
    assert [entry.action for entry in lineage.about(home, second.digest)] == ["add", "promote"]


def test_a_response_is_explained_from_its_audit_record(home):
    release = add_release(home, "desk")
    registry.promote(home, "desk@1", "mira", "first release")
    found = lineage.explain(home, {"id": "chatcmpl-1", "release_digest": release.digest})
    assert found.links[0].title == "desk@1"
    assert found.links[-1].kind == "source"
    assert found.entries[-1].why == "first release"


def test_a_response_of_the_bare_base_has_no_release_behind_it(home):
    with pytest.raises(Fault, match="came from the base"):
        lineage.explain(home, {"id": "chatcmpl-1", "release_digest": None})


def test_a_release_whose_records_do_not_fit_is_told(home):
    first, second = add_release(home, "desk", seed="a"), add_release(home, "desk", seed="b")
    mixed = first.model_copy(update={"model": second.model})
    assert "desk@1: its report was made from another model than the release names." in list(lineage.breaks(home, mixed))
