"""Without the hub, or without the library for it, a person reads one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

READ = """
import sys
{before}
from pathlib import Path
from tunewright.core.errors import Fault
from tunewright.data.readers import fingerprint, read
from tunewright.recipe import SourceSpec
source = SourceSpec(path="hub:owner/name", license="MIT", basis="contract", revision={revision!r})
try:
    list(read(source, Path("."), fingerprint(source, Path("."))).rows)
except Fault as fault:
    print(fault)
"""


@pytest.mark.parametrize(("before", "revision", "said"), [
    ("", None, "hub:owner/name cannot be looked up on the hub"),
    ("", "a" * 40, "hub:owner/name cannot be loaded"),
    ("sys.modules['datasets'] = None", "a" * 40, "pip install 'tunewright[hub]'"),
    ("sys.modules['huggingface_hub'] = None", None, "pip install 'tunewright[hub]'"),
])
def test_the_hub_out_of_reach_is_one_sentence(tmp_path: Path, before: str, revision: str | None, said: str) -> None:
    script = READ.format(before=before, revision=revision)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True,
                          env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)})
    assert said in done.stdout
    assert len(done.stdout.splitlines()) == 1
