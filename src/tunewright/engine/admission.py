"""Who joins a batch next: no model keeps others out by asking more, and no row waits for ever."""

from collections import Counter, deque
from collections.abc import Sequence

from tunewright.engine.batch import Row


def admitted(waiting: Sequence[Row], held: Sequence[Row], places: int, tokens: int) -> list[Row]:
    """Rows of `waiting` that join `held` now, in at most `places` rows together and `tokens` of cache.

    A place goes to the model that holds fewest, and there to the oldest row. A row whose cache has no room yet keeps
    those behind it waiting, or it would wait for ever; alone, a row always has room. The cache is padded to its longest
    row, and a row is counted with all that it may yet write.
    """
    queues: dict[str, deque[Row]] = {}
    for row in waiting:
        queues.setdefault(row.model, deque()).append(row)
    counts = Counter(row.model for row in held)
    columns = max((row.longest for row in held), default=0)
    chosen: list[Row] = []
    while queues and (rows := len(held) + len(chosen)) < places:
        model = min(queues, key=counts.__getitem__)
        columns = max(columns, queues[model][0].longest)
        if rows and (rows + 1) * columns > tokens:
            break
        chosen.append(queues[model].popleft())
        counts[model] += 1
        if not queues[model]:
            del queues[model]
    return chosen
