"""What an engine needs is imported before a fork, and computes after it."""

import subprocess
import sys

import pytest

CODE = """
import sys
from multiprocessing import get_context
from tunewright.engine.preload import preload
preload("hf")
import torch
def compute():
    sys.exit(int((torch.ones(300, 300) @ torch.ones(300, 300)).mean()) // 100)
child = get_context("fork").Process(target=compute)
child.start()
child.join()
print("tunewright.engine.hf" in sys.modules or torch.cuda.is_available(), child.exitcode)
"""


@pytest.mark.slow
def test_what_was_imported_computes_in_a_fork():
    told = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "3"]


def test_engines_without_a_model_of_their_own_import_nothing_heavy():
    code = ("import sys; from tunewright.engine.preload import preload; [preload(kind) for kind in ('fake', 'vllm', "
            "'openai', '')]; print('torch' in sys.modules)")
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
