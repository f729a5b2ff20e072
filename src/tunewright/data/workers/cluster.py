"""Workers on a Ray cluster, for what outgrows one machine. Ray is imported on use.

The rows are read here and travel as Ray objects; what they became comes back the same way, so the workers need no disk
in common with this machine.
"""

from collections.abc import Iterable, Iterator
from itertools import cycle
from typing import Any

from tunewright.core.errors import Fault
from tunewright.data.prepare import Batch, Rows, preparer
from tunewright.data.steps import Work
from tunewright.data.workers.order import in_order


def prepared(work: Work, batches: Iterable[Rows], address: str) -> Iterator[Batch]:
    """Each batch, prepared by an actor on one of the cluster's cores, in order.

    `address` is that of a cluster; `auto` takes the one that runs here, or starts one on this machine. Raises Fault
    if Ray is missing or the cluster cannot be reached.
    """
    ray = _ray()
    own = not ray.is_initialized()
    if own:
        _join(ray, address)
    try:
        actor = ray.remote(num_cpus=1)(_Worker)
        count = max(1, int(ray.cluster_resources().get("CPU", 1)))
        given = ray.put(work)
        workers = cycle([actor.remote(given) for _ in range(count)])

        def ask(rows: Rows) -> Any:
            return next(workers).prepare.remote(rows)

        yield from in_order(batches, ask, ray.get, 2 * count)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    except ray.exceptions.RayActorError as error:
        raise Fault(f"compute: a worker of the Ray cluster ended ({str(error).splitlines()[0].rstrip('.')}): look at "
                    "its memory and that Tunewright is installed there, or leave `ray` out.") from error
    finally:
        if own:
            ray.shutdown()


class _Worker:
    """What runs on one core of the cluster."""

    def __init__(self, work: Work) -> None:
        self._prepare = preparer(work)

    def prepare(self, rows: Rows) -> Batch:
        """The rows, prepared."""
        return self._prepare(rows)


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise Fault("compute: `ray` is not installed: `pip install 'tunewright[ray]'`, or leave `ray` out to work on "
                    "this machine alone.") from error
    return ray


def _join(ray: Any, address: str) -> None:
    quiet = {"log_to_driver": False, "logging_level": "ERROR"}
    try:
        ray.init(address=address, **quiet)
    except ConnectionError as error:
        if address != "auto":
            raise Fault(f"compute: no Ray cluster answers at {address} ({error}): start one, correct `ray`, or set "
                        "`ray: auto`.") from error
        ray.init(include_dashboard=False, **quiet)
