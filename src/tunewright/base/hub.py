"""Bases on the Hugging Face hub: fetch what is safe to load, and say in one sentence why it cannot be had."""

import re
from pathlib import Path

from tunewright.core.errors import Fault
from tunewright.recipe import BaseSpec

# Weights as safetensors, configuration, tokenizer and card. Never a pickle, never Python.
_WANTED = ["*.safetensors", "*.json", "*.jinja", "*.txt", "*.model", "README.md"]
_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def looks_like_id(name: str) -> bool:
    """Whether `name` has the shape `owner/name`."""
    return _ID.fullmatch(name) is not None


def fetch(spec: BaseSpec) -> Path:
    """The local snapshot of a hub base, downloaded unless it is cached. Raises Fault if it cannot be had."""
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import (
            GatedRepoError,
            HfHubHTTPError,
            LocalEntryNotFoundError,
            OfflineModeIsEnabled,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )
    except ImportError as error:
        raise Fault(f"base {spec.name} is on the hub, and huggingface_hub is not installed: "
                    "`pip install 'tunewright[train]'`.") from error
    try:
        return Path(snapshot_download(spec.name, revision=spec.revision, allow_patterns=_WANTED))
    except GatedRepoError as error:
        raise Fault(f"base {spec.name} is gated: accept its terms on the hub and set HF_TOKEN.") from error
    except RepositoryNotFoundError as error:
        raise Fault(f"no base {spec.name!r} on the hub (or it is private): mend the name, or set HF_TOKEN.") from error
    except RevisionNotFoundError as error:
        raise Fault(f"base {spec.name} has no revision {spec.revision!r}: name a commit or tag it has.") from error
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, HfHubHTTPError, OSError) as error:
        raise Fault(f"base {spec.name} is no folder here, not in the local cache, and the hub cannot be reached: "
                    "connect once, name a local folder, or take the bundled `tiny`.") from error
