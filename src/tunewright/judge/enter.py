"""Enter judgements into a report: a new record, which the figures, the gate and the page read like any other."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from tunewright.core.items import ABOUT, ITEMS, Item, Measure, dump_items, read_about, read_items
from tunewright.core.judged import (
    JUDGED,
    JUDGEMENTS,
    Judged,
    Judgement,
    dump_judged,
    dump_judgements,
    read_judged,
    read_judgements,
)
from tunewright.core.records import Report
from tunewright.core.store import Store
from tunewright.evaluate import metrics


def entered(store: Store, report: Report, suite: str, how: Mapping[str, Measure], items: Sequence[Item],
            judged: Judged | None, judgements: Sequence[Judgement],
            also: Callable[[Judged, Sequence[Item]], Judged] = lambda judge, _: judge) -> Report:
    """The report with these judgements under `suite`, in place of any that stood there. `how` names its metrics.

    Without `judged` nobody has judged yet: the metrics are known and have no items, so a rule on them is undecided.
    `also` tells the other judges anew, each with its own items.
    """
    before = read_about(store, report)
    names = {f"{suite}/{name}": measure for name, measure in how.items()}
    others = tuple(name for name in before.names if name.split("/", 1)[0] != suite)
    kept = {name: measure for name, measure in before.measures.items() if name in others}
    about = replace(before, names=(*others, *names), measures=kept | names)
    ours = replace(about, names=tuple(names))
    left = [item for item in read_items(store, report) if item.suite != suite]
    others_judged = [also(one, [item for item in left if item.suite == one.name])
                     for one in read_judged(store, report) if one.name != suite]
    judges = [*others_judged, *([judged] if judged else [])]
    single = [*(one for one in read_judgements(store, report) if one.judge != suite), *judgements]
    with tempfile.TemporaryDirectory() as temporary:
        folder = store.get_folder(report.items, Path(temporary))
        (folder / ITEMS).write_bytes(dump_items([*left, *items]))
        (folder / ABOUT).write_text(json.dumps(asdict(about)))
        (folder / JUDGED).write_text(dump_judged(judges))
        (folder / JUDGEMENTS).write_text(dump_judgements(single))
        files = store.put_folder(folder)
    arms = tuple(arm for arm in report.arms if any(item.arm == arm for item in items))
    figures = [*(one for one in report.metrics if one.name in others), *metrics.metrics(items, arms, ours)]
    gaps = [*(one for one in report.differences if one.name in others), *metrics.differences(items, arms, ours)]
    return report.model_copy(update={"metrics": tuple(figures), "differences": tuple(gaps), "items": files})
