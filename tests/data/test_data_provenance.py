from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.examples import Example
from tunewright.core.provenance import Provenance
from tunewright.core.withdrawn import Withdrawn, seal
from tunewright.data.messages import Unusable
from tunewright.data.provenance import columns, person, provenance, steps
from tunewright.data.step import LeftOut, Prepared
from tunewright.recipe import SourceSpec

KEY = b"the key of a test's home"
RECORD = "ab" * 32


def source(**fields: object) -> SourceSpec:
    return SourceSpec.model_validate({"path": "a.csv", "license": "MIT", "basis": "contract", **fields})


CONSENTED = {"basis": "consent", "consent": {"date": {"column": "on"}, "reference": {"column": "form"}}}


def test_what_the_source_says_holds_for_each_record():
    found = provenance({}, source(collected="2024-03-01", retention="2y"), 3)
    assert found == Provenance(source=3, license="MIT", basis="contract", expires=date(2026, 3, 1))


def test_what_a_column_says_holds_for_its_record():
    spec = source(**CONSENTED, subject="who", collected={"column": "day"}, retention="30d")
    row = {"who": " c-17 ", "on": "2024-01-02", "form": "12b", "day": "2024-05-06T07:08:09Z"}
    assert provenance(row, spec, 0) == Provenance(
        source=0, license="MIT", basis="consent", subject="c-17", consent_date=date(2024, 1, 2),
        consent_reference="12b", expires=date(2024, 6, 5))


@pytest.mark.parametrize("value", [date(2024, 1, 2), datetime(2024, 1, 2, 3, 4), "2024-01-02", "2024-01-02 03:04"])
def test_a_day_may_come_as_a_day_a_time_or_text(value):
    spec = source(collected={"column": "day"}, retention="1d")
    assert provenance({"day": value}, spec, 0).expires == date(2024, 1, 3)


@pytest.mark.parametrize(("row", "field"), [
    ({"on": "", "form": "12"}, "on"), ({"on": None, "form": "12"}, "on"), ({"form": "12"}, "on"),
    ({"on": "01.02.2024", "form": "12"}, "on"), ({"on": 20240102, "form": " "}, "form"),
    ({"on": "2024-01-02", "form": ""}, "form"), ({"on": "2024-01-02"}, "form"),
])
def test_a_record_without_its_consent_cannot_be_used(row, field):
    with pytest.raises(Unusable) as refused:
        provenance(row, source(**CONSENTED), 0)
    assert refused.value.field == field


def test_a_record_may_name_nobody():
    assert provenance({"who": ""}, source(subject="who"), 0).subject is None
    assert provenance({}, source(subject="who"), 0).subject is None
    assert provenance({"who": "ann"}, source(), 0).subject is None


def test_the_columns_are_those_that_the_source_names():
    assert columns(source(**CONSENTED, subject="who", collected={"column": "on"})) == ("who", "on", "form")
    assert columns(source(collected="2024-01-01")) == ()


@pytest.mark.parametrize("value", [17, 17.0, "17", " 17 "])
def test_one_person_is_one_whatever_the_file_makes_of_a_number(value):
    assert person(value) == "17"


@given(st.text())
def test_the_form_of_an_id_is_its_own_form(text):
    assert person(person(text)) == person(text)


def record(subject: str | None = None, expires: date | None = None, key: str = RECORD) -> Prepared:
    return Prepared(Example(id="", text="x"), Provenance(0, "MIT", "contract", subject, expires=expires), key=key)


@given(st.dates(), st.dates())
def test_a_record_is_left_out_from_its_day_on(today, expires):
    _, unexpired = steps(Withdrawn(), today)
    result = unexpired(record(expires=expires))
    assert isinstance(result, LeftOut) == (today >= expires)
    if isinstance(result, LeftOut):
        assert result.why == "expired"


def test_a_withdrawn_record_is_left_out_and_the_reason_names_nobody():
    unwithdrawn, _ = steps(Withdrawn(KEY, {seal(KEY, "subject", "ann"): 7}), date(2026, 1, 1))
    assert unwithdrawn(record("ann")) == LeftOut("withdrawn", "its subject withdrew: ledger entry 7")
    kept = record("ben")
    assert unwithdrawn(kept) is kept


def test_what_a_withdrawn_record_said_is_left_out_where_nobody_is_named():
    unwithdrawn, _ = steps(Withdrawn(KEY, {}, {seal(KEY, "record", RECORD[:32]): 7}), date(2026, 1, 1))
    assert isinstance(unwithdrawn(record()), LeftOut)
    assert unwithdrawn(record("ben")) == record("ben")
