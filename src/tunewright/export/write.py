"""Writing the files of a deployment: all or none, and never over what is there."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tunewright.core.errors import Fault
from tunewright.export.compose import compose
from tunewright.export.deployment import Deployment
from tunewright.export.image import WHEELS, dockerfile
from tunewright.export.kubernetes import kubernetes
from tunewright.export.steps import compose_steps, kubernetes_steps

_KEEP = "Put a wheel of tunewright here (`pip wheel --no-deps .`) to build with it instead of the index's package.\n"


def write(kind: str, deployed: Deployment, folder: Path) -> list[Path]:
    """Write the files of one of `KINDS` into `folder`, which must not hold anything; return their paths, in order.

    Raises Fault if it does, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Fault(f"{folder} is there and not empty: name another folder with --out, or remove it.")
    texts = {"Dockerfile": dockerfile(deployed), f"{WHEELS}/README.txt": _KEEP, **KINDS[kind](deployed)}
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as temporary:
            for name, text in texts.items():
                path = Path(temporary) / "files" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
            if folder.exists():
                folder.rmdir()
            shutil.move(Path(temporary) / "files", folder)
    except OSError as error:
        why = error.strerror or error
        raise Fault(f"{folder} cannot be written ({why}): name another folder with --out.") from error
    return [folder / name for name in texts]


def _composed(deployed: Deployment) -> dict[str, str]:
    secrets = "".join(f"{key}=\n" for key in ("POSTGRES_PASSWORD", *deployed.keys))
    return {"compose.yaml": _yaml(compose(deployed)), "env.example": secrets, "README.md": compose_steps(deployed)}


def _manifests(deployed: Deployment) -> dict[str, str]:
    files = {name: "---\n".join(map(_yaml, found)) for name, found in kubernetes(deployed).items()}
    return {**files, "README.md": kubernetes_steps(deployed)}


def _yaml(content: Any) -> str:
    class Plain(yaml.SafeDumper):
        """Repeats what comes twice, instead of pointing at it."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
            return True

    return yaml.dump(content, Dumper=Plain, sort_keys=False, width=110)


KINDS: dict[str, Callable[[Deployment], dict[str, str]]] = {"compose": _composed, "kubernetes": _manifests}
"""What can be written besides the container file: file name to text."""
