"""The last resort: an error nobody foresaw becomes a file to send and one sentence."""

import tempfile
import traceback
from pathlib import Path


def lacking(error: BaseException) -> str | None:
    """The sentence for an error that says memory ran out, else None."""
    words = str(error).lower()
    if isinstance(error, MemoryError) or "out of memory" in words or "allocate memory" in words:
        return ("memory ran out: lower `rank`, `length` or `batch_tokens` in the recipe, take a smaller base, or "
                "another machine; what was finished before is kept.")
    return None


def keep(error: Exception) -> str:
    """Write the traceback into the run's folder (which the error's last note names), else a temporary one.

    Return the sentence that names the file.
    """
    notes = getattr(error, "__notes__", [])
    try:
        folder = Path(notes[-1]) if notes and Path(notes[-1]).is_dir() else Path(tempfile.mkdtemp(prefix="tunewright-"))
        path = folder / "traceback.txt"
        path.write_text("".join(traceback.format_exception(error)))
        where = f"the traceback is in {path}"
    except OSError:
        where = "the traceback could not be written"
    return (f"this should not happen ({type(error).__name__}: {str(error)[:200]}); {where}: please open an issue with "
            "that file, after a look that it holds nothing private.")
