"""Equal content has an equal digest, whatever the order it was written in."""

from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.digest import canonical, digest_json
from tunewright.core.identity import actor
from tunewright.core.records import KINDS, Model, Verdict, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=10)


@given(value=st.dictionaries(st.text(), VALUES, max_size=5))
def test_the_digest_does_not_depend_on_the_order_of_keys(value: dict[str, object]) -> None:
    turned = dict(reversed(list(value.items())))
    assert canonical(value) == canonical(turned)
    assert digest_json(value) == digest_json(turned)


def test_a_record_is_read_back_as_its_own_kind() -> None:
    verdict = Verdict(name="desk", spec="s", report="r", against=None, outcome="fail", rules=())
    assert parse(verdict.model_dump(mode="json")) == verdict
    assert set(KINDS) == {"dataset", "model", "report", "verdict", "release", "evidence"}


def test_any_changed_field_changes_the_digest() -> None:
    model = Model(name="desk", spec="s", base="b", base_name="tiny", dataset="d", method="lora", adapter=True,
                  files="f", trainable=1, parameters=2, metrics={"loss": 0.1})
    for field in ("name", "spec", "base", "dataset", "files"):
        assert model.model_copy(update={field: "other"}).digest != model.digest


def test_who_acts_is_never_empty() -> None:
    assert actor("  ada ") == "ada"
    assert actor("") and actor(None)
