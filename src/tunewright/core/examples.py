"""Examples: the rows of a dataset, and how they are kept in Parquet.

Every room that reads a dataset reads it here, so the columns are named in one place. pyarrow is imported on
use: a cached dataset is found again without it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tunewright.core.digest import digest_json
from tunewright.core.errors import Corrupt, Fault
from tunewright.core.records import Dataset
from tunewright.core.store import Store

Message = dict[str, Any]
Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")

_JSON = ("messages", "tools", "prompt", "chosen", "rejected")
_TEXT = ("id", *_JSON, "text", "group", "label", "fields")
_DUMPED = (*_JSON, "fields")
_WHOLE = ("source", "row")
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_REAL = ("weight",)
COLUMNS = (*_TEXT, *_WHOLE, *_REAL)
"""The columns of an example wherever examples are kept as a table."""


@dataclass(frozen=True)
class Example:
    """One record. One shape is filled: `messages` (with `tools`), `text`, or `prompt`/`chosen`/`rejected`.

    `label` is the value of the column the split stratifies on, `source` an index into `Dataset.origins`,
    `row` the 1-based data row in that source, `weight` how much its loss counts in supervised training, `fields` the
    values of the columns that are kept beside, by which items can be looked at apart.
    """

    id: str
    messages: tuple[Message, ...] = ()
    tools: tuple[dict[str, Any], ...] | None = None
    text: str | None = None
    prompt: tuple[Message, ...] = ()
    chosen: tuple[Message, ...] = ()
    rejected: tuple[Message, ...] = ()
    group: str | None = None
    label: str | None = None
    source: int = 0
    row: int = 1
    weight: float = 1.0
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> Literal["conversations", "text", "preferences"]:
        """Which of the three shapes it has."""
        return "conversations" if self.messages else "text" if self.text is not None else "preferences"

    @property
    def answer(self) -> str | None:
        """The text of the last assistant turn: what a held-out answer is compared with."""
        turns = self.messages or self.chosen
        return next((turn.get("content") for turn in reversed(turns) if turn["role"] == "assistant"), None)


_FORMATS = {"conversations": "chat", "text": "text", "preferences": "preference"}


def pick(examples: Iterable[Example], shapes: Iterable[str], objective: str) -> list[Example]:
    """The examples of these shapes. Raises Fault, saying which source `objective` would need, if there are none."""
    shapes = tuple(shapes)
    found = [example for example in examples if example.shape in shapes]
    if not found:
        formats = " or ".join(f"`format: {_FORMATS[shape]}`" for shape in shapes)
        raise Fault(f"objective {objective} learns from {' or '.join(shapes)}, and the training part holds none: add a "
                    f"source such as {formats}, or take another objective.")
    return found


def make_example(**fields: Any) -> Example:
    """An Example whose `id` is the digest of its content (not of its group, label or place)."""
    bare = Example(id="", **fields)
    return Example(id=digest_json(content(bare)), **fields)


def content(example: Example) -> dict[str, Any]:
    """What the example says, as JSON: the filled fields of its shape."""
    return {name: getattr(example, name) for name in (*_JSON, "text") if getattr(example, name)}


def to_columns(examples: Sequence[Example]) -> dict[str, Any]:
    """The examples as Arrow arrays, one for each of `COLUMNS`: texts, numbers, and lists as JSON text."""
    import pyarrow as pa

    columns: dict[str, Any] = {}
    for name in _TEXT:
        values = [getattr(one, name) for one in examples]
        columns[name] = pa.array([_dump(value) for value in values] if name in _DUMPED else values, pa.string())
    for name in _WHOLE:
        columns[name] = pa.array([getattr(one, name) for one in examples], pa.int64())
    for name in _REAL:
        columns[name] = pa.array([getattr(one, name) for one in examples], pa.float64())
    return columns


def from_table(table: Any) -> Iterator[Example]:
    """The examples in an Arrow table, or a batch of one, that has `COLUMNS`."""
    columns = {name: table.column(name).to_pylist() for name in COLUMNS}
    for name in _DUMPED:
        columns[name] = [_load(name, value) for value in columns[name]]
    for values in zip(*columns.values(), strict=True):
        yield Example(**dict(zip(COLUMNS, values, strict=True)))


def write_examples(path: Path, examples: Iterable[Example]) -> None:
    """Write `examples` to a Parquet file. Equal examples give equal bytes with one version of pyarrow."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(to_columns(list(examples))), path, compression="zstd")


def read_file(content: bytes) -> Iterator[Example]:
    """The examples in the bytes of one Parquet file of a part. Raises Corrupt if they are not one."""
    return from_table(read_table(content, COLUMNS))


def read_table(content: bytes, columns: Sequence[str]) -> Any:
    """Some columns of one Parquet file of a part, as an Arrow table. Raises Corrupt if it is not one."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # One thread: after a threaded read pyarrow may abort the interpreter at exit (apache/arrow#34314).
        return pq.ParquetFile(pa.BufferReader(content)).read(list(columns), use_threads=False)
    except pa.ArrowException as error:
        raise Corrupt(f"a part of the dataset is not the Parquet file it should be ({error}): "
                      "run the recipe again.") from error


def part_files(store: Store, dataset: Dataset, part: Part) -> list[str]:
    """The digests of a part's Parquet files, in their order: `train.parquet`, or `train-0001.parquet` and so on.

    Raises Fault if the dataset has no such part.
    """
    files = store.folder(dataset.files)
    names = sorted((name for name in files if re.fullmatch(rf"{part}(-\d+)?\.parquet", name)),
                   key=lambda name: (len(name), name))
    if not names:
        raise Fault(f"dataset {dataset.digest[:6]} has no part {part}; it has {', '.join(sorted(files))}.")
    return [files[name] for name in names]


def stream_examples(store: Store, dataset: Dataset, part: Part) -> Iterator[Example]:
    """The examples of one part, in their order, of which one file is in memory at a time. Faults as `part_files`."""
    for digest in part_files(store, dataset, part):
        yield from read_file(store.get(digest))


def read_examples(store: Store, dataset: Dataset, part: Part) -> list[Example]:
    """The examples of one part of a dataset, in their order. Raises Fault if the part is not in the store."""
    return list(stream_examples(store, dataset, part))


def _dump(value: tuple[Any, ...] | dict[str, str] | None) -> str | None:
    return _COMPACT.encode(value) if value else None


def _load(name: str, value: str | None) -> tuple[Any, ...] | dict[str, str] | None:
    if name == "fields":
        return dict(json.loads(value)) if value else {}
    if value is None:
        return None if name == "tools" else ()
    return tuple(json.loads(value))
