"""Canaries, planted: random secrets that stand in the training part and nowhere else, and are told in the card."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tunewright.core.canaries import FILE, Planted, Shape, drawn, parse
from tunewright.core.digest import digest_bytes
from tunewright.core.errors import Fault
from tunewright.core.examples import content, to_columns
from tunewright.core.records import Origin
from tunewright.data.compact import Compact
from tunewright.data.decisions import Decisions
from tunewright.data.prepare import SHAPES
from tunewright.data.same import key
from tunewright.data.spill import KEPT, SCHEMA
from tunewright.recipe.canaries import CanariesSpec

_PART = "train-0000.parquet"  # beside train.parquet, or before train-0001.parquet


def plant(folder: Path, spec: CanariesSpec, compact: Compact, decisions: Decisions, source: int) -> Origin:
    """Write the canaries' records and `canaries.json` beside the other files; the origin that they come from.

    `source` is its number. Raises Fault if the training part holds neither conversations nor texts.
    """
    shape = _shape(compact, decisions)
    form, secrets = parse(spec.format), drawn(parse(spec.format), spec.count, spec.seed)
    records = [form.example(canary, secret, shape) for canary, secret in enumerate(secrets, 1)]
    planted = Planted(spec.format, spec.repeat, shape, secrets, tuple(one.id for one in records))
    said = [one for one in records for _ in range(spec.repeat)]
    columns = to_columns(said) | {
        "source": pa.array([source] * len(said), pa.int64()),
        "row": pa.array([at // spec.repeat + 1 for at in range(len(said))], pa.int64()),
        "license": ["CC0-1.0"] * len(said), "basis": ["legitimate_interests"] * len(said),
        "as_read": [bytes.fromhex(key(content(one)))[:16] for one in said]}
    arrays = [pa.array(columns.get(name, [None] * len(said)), SCHEMA.field(name).type) for name in KEPT]
    pq.write_table(pa.Table.from_arrays(arrays, KEPT), folder / _PART, compression="zstd")
    (folder / FILE).write_bytes(planted.content())
    return Origin(path="canaries", digest=digest_bytes(planted.content()), license="CC0-1.0",
                  basis="legitimate_interests", rows=spec.count)


def section(spec: CanariesSpec) -> str:
    """The section of the dataset's card, with its heading."""
    return (f"## Canaries\n\n{spec.count:,} random secrets stand in the training part, {spec.repeat:,} times each, as "
            f"`{spec.format}` (seed {spec.seed}): no person's data, but a measure of what a model keeps word for word. "
            f"`{FILE}` tells them; the counts above leave them out.")


def _shape(compact: Compact, decisions: Decisions) -> Shape:
    shapes = {SHAPES[at] for at in compact.shape[decisions.kept("train")].tolist()}
    if "conversations" in shapes:
        return "conversations"
    if "text" in shapes:
        return "text"
    raise Fault("canaries are planted as conversations or texts, and the training part holds preferences alone: "
                "leave `data.canaries` out, or add a source of conversations.")
