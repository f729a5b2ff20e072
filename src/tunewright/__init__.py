"""A model update you can explain, reproduce, deploy, govern and reverse.

The verbs of the command are functions here: they take a recipe's path (or a Recipe) or a reference, print nothing,
and return records. What a verb needs is imported when it is first used.

    from tunewright import promote, run
    release = run("support-desk.yaml")
    promote(release.reference, why="first release")

The verbs `data`, `train`, `evaluate`, `gate`, `serve` and `withdraw` share their names with rooms of this package, so
they are imported from `tunewright.verbs`, where all the others are too: `from tunewright.verbs import evaluate`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunewright.verbs import (
        advise,
        check,
        diff,
        explain,
        init,
        log,
        merge,
        promote,
        retention,
        rollback,
        run,
        schema,
        show,
        verify,
    )

__all__ = ["advise", "check", "diff", "explain", "init", "log", "merge", "promote", "retention", "rollback", "run",
           "schema", "show", "verify"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'tunewright' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("tunewright.verbs"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
