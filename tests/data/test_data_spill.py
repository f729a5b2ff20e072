"""The spill gives back what was prepared, record by record, and compact columns say the same of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.examples import make_example, to_columns
from tunewright.data import spill
from tunewright.data.compact import codes, compact

numbers = st.lists(st.integers(0, 1000), max_size=30)


def batch(rows: list[int]) -> pa.RecordBatch:
    examples = [make_example(text=f"text {row}", row=row + 1, label=str(row % 3)) for row in rows]
    columns: dict[str, Any] = {name: pa.nulls(len(rows), spill.SCHEMA.field(name).type) for name in spill.SCHEMA.names}
    columns |= to_columns(examples)
    for name in ("key", "asks", "unit", "as_read", "plain"):
        if name in columns:
            columns[name] = pa.array([row.to_bytes(16, "big") for row in rows], pa.binary(16))
    for name in ("labelled", "shape", "length"):
        columns[name] = pa.array(rows, spill.SCHEMA.field(name).type) if name != "shape" else pa.array(
            [1] * len(rows), pa.uint8())
    return pa.RecordBatch.from_arrays(
        [columns[field.name].cast(field.type) for field in spill.SCHEMA], schema=spill.SCHEMA)


@given(batches=st.lists(numbers, min_size=1, max_size=5), data=st.data())
@settings(max_examples=40, deadline=None)
def test_records_are_taken_by_number_in_any_order_and_more_than_once(
        batches: list[list[int]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("spill") / "spill.arrow"
    spill.write(path, map(spill.encode, map(batch, batches)))
    held, rows = spill.Spill(path), [row for some in batches for row in some]
    assert len(held) == len(rows)
    wanted = data.draw(st.lists(st.sampled_from(range(len(rows))), max_size=20)) if rows else []
    assert [one.text for one in held.examples(wanted)] == [f"text {rows[number]}" for number in wanted]


def test_compact_columns_say_what_the_records_are(tmp_path: Path) -> None:
    spill.write(tmp_path / "spill.arrow", map(spill.encode, [batch([5, 6]), batch([]), batch([5])]))
    found = compact(spill.Spill(tmp_path / "spill.arrow"))
    assert found.row.tolist() == [6, 7, 6] and found.length.tolist() == [5, 6, 5]
    assert found.key[0] == found.key[2] != found.key[1]
    assert not found.grouped.any() and not found.why.any()


@given(values=st.lists(st.binary(min_size=2, max_size=2)))
def test_codes_number_values_by_their_first_place(values: list[bytes]) -> None:
    code, firsts = codes(np.array(values, "S2"))
    known = list(dict.fromkeys(value.rstrip(b"\0") for value in values))
    assert code.tolist() == [known.index(value.rstrip(b"\0")) for value in values]
    assert [values[at].rstrip(b"\0") for at in firsts] == known
