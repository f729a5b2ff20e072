"""What quality leaves in the dataset's folder: its findings, and the figures that no record has by itself alone.

Those figures stand in a file of their own, since they change with every record that is added: in the parts they would
make all files new.
"""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tunewright.core.examples import PARTS
from tunewright.data.compact import Compact
from tunewright.data.decisions import Decisions
from tunewright.data.quality.bounds import Figures
from tunewright.data.quality.findings import dropped, findings
from tunewright.data.quality.step import KINDS
from tunewright.data.quality.told import FILE, Findings
from tunewright.data.spill import Spill
from tunewright.data.step import WHYS
from tunewright.recipe.quality import QualitySpec


def write(folder: Path, spec: QualitySpec, spill: Spill, compact: Compact, decisions: Decisions) -> Findings:
    """Write `quality.json`, and `quality.parquet` with the survey's figures of every kept record by source and row."""
    kept, found = decisions.kept(), decisions.survey
    own, reasons = _own(spill, decisions, len(compact))
    figures = {name: column[kept] for name, column in {**own, **found.figures}.items()}
    told = findings(spec, figures, dropped([*reasons, *decisions.reasons.values()]), found.triggers, found.looked,
                    found.wrong)
    (folder / FILE).write_bytes(told.file())
    columns = {"part": pa.DictionaryArray.from_arrays(decisions.part[kept], list(PARTS)),
               "source": pa.array(compact.source[kept]), "row": pa.array(compact.row[kept])}
    columns |= {name: pa.array(figures[name], from_pandas=True) for name in found.figures}
    if found.figures:
        pq.write_table(pa.table(columns), folder / "quality.parquet", compression="zstd")
    return told


def _own(spill: Spill, decisions: Decisions, total: int) -> tuple[dict[str, Figures], list[str]]:
    """The figures that the step took of each record, as columns, and why it left others out."""
    columns: dict[str, Figures] = {name: np.full(total, np.nan, np.float32) for name in KINDS}
    reasons = []
    for start, batch in spill.batches():
        # One text for the whole batch is parsed several times as fast as one for each record.
        scores = json.loads(f"[{','.join(one or '{}' for one in batch.column('scores').to_pylist())}]")
        for name, column in columns.items():
            column[start:start + batch.num_rows] = [one.get(name, np.nan) for one in scores]
        left_out = np.flatnonzero(decisions.why[start:start + batch.num_rows] == WHYS.index("quality"))
        reasons += [one for one in batch.column("reason").take(pa.array(left_out)).to_pylist() if one]
    return columns, reasons
