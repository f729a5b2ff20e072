"""Whatever a source's files hold: one sentence, bounded memory, and nothing half-made.

Each file is prepared in a child process of its own limits, which says what it was told, its largest memory, and what
lay in the run and the store afterwards.
"""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

MEMORY = 400  # MB at most, of which Python, pyarrow and numpy take 120
GOOD = b'{"text": "question", "label": "x"}\n'

CHILD = """
import json, re, resource, sys
from pathlib import Path
from tunewright import data
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.run import start
from tunewright.recipe import DataSpec

resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
folder = Path(sys.argv[1])
for path in sys.argv[2:]:
    home = Home(folder / ("home-" + re.sub(r"\\W", "-", path)))
    home.path.mkdir()
    run = start(home, "tester")
    source = {"path": path, "license": "MIT", "basis": "contract", "format": {"prompt": "text", "response": "label"}}
    try:
        made = data.make(DataSpec.model_validate({"sources": [source]}), "d", folder, run)
        told = f"made, {made.counts['refused']} refused"
    except Fault as fault:
        told = str(fault)
    left = sorted(one.name for one in [*run.folder.iterdir(), *home.path.iterdir()] if "ledger" not in one.name)
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) >> 10
    print(json.dumps({"told": told, "peak": peak, "left": left}))
"""


def bomb(path: Path) -> None:
    """Eight gigabytes of one letter in eight megabytes."""
    member = gzip.compress(b"x" * 2**24)
    path.write_bytes(gzip.compress(b'{"text": "') + member * 500)


def long(path: Path) -> None:
    """A line of 100 MB."""
    with path.open("wb") as stream:
        stream.write(GOOD + b'{"text": "')
        stream.truncate(100 * 2**20)


def many(path: Path) -> None:
    """A JSON array of 4.5 MB on one line, whose empty lists together take 100 MB."""
    path.write_bytes(b"[" + b",".join([b'{"a":[' + b",".join([b"[]"] * 1000) + b"]}"] * 1500) + b"]")


def dictionary(path: Path) -> None:
    """Eight gigabytes of text that Parquet stores once."""
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 8192, pa.int32()), pa.array(["x" * 2**20]))
    pq.write_table(pa.table({"text": column, "label": ["y"] * 8192}), path)


def pages(path: Path) -> None:
    """A row of one text of 80 MB, which packs to kilobytes."""
    pq.write_table(pa.table({"text": ["x" * (80 * 2**20)], "label": ["y"]}), path, compression="zstd")


def leaving(path: Path) -> None:
    """A folder with a link to what its reader should not get."""
    path.mkdir()
    (path / "a.jsonl").write_bytes(GOOD)
    (path / "b.jsonl").symlink_to("/etc/hostname")


HOSTILE: dict[str, tuple[Callable[[Path], object] | bytes, str]] = {
    "bomb.jsonl.gz": (bomb, "bomb.jsonl.gz, line 1 is longer than 16 MB"),
    "bomb.csv.gz": (bomb, "bomb.csv.gz, line 1 is longer than 16 MB"),
    "bomb.json.gz": (bomb, 'bomb.json.gz is an object, not an array'),
    "long.jsonl": (long, "long.jsonl, line 2 is longer than 16 MB"),
    "many.json": (many, "of many.json cannot be used"),
    "deep.jsonl": (b'{"text": ' + b"[" * 10_000 + b"]" * 10_000 + b"}\n", "nested more than 100 deep"),
    "deep.json": (b"[" * 10_000 + b"]" * 10_000, "nested more than 100 deep"),
    "open.csv": (b'text,label\n"' + (b"x" * 1023 + b"\n") * (17 * 2**10), "line 2: a record is longer than 16 MB"),
    "wide.csv": (b",".join(b"c%d" % at for at in range(10**6)) + b"\n", "1,000,000 columns, more than 10,000"),
    "long-row.csv": (b"text,label\n" + b"," * (5 * 2**20) + b"\n", "has 5,242,881 fields where the header has 2"),
    "nul.csv": (b"text,label\na\0b,c\n", "nul.csv, line 2 holds NUL"),
    "dictionary.parquet": (dictionary, "unpacks to more than 200 times its size"),
    "pages.parquet": (pages, "unpacks to more than 200 times its size"),
    "pipe.jsonl": (os.mkfifo, "pipe.jsonl is not a file: a pipe or device has no digest"),
    "zero.jsonl": (lambda path: path.symlink_to("/dev/zero"), "zero.jsonl is not a file: a pipe or device"),
    "loop.jsonl": (lambda path: path.symlink_to(path), "loop.jsonl"),
    "leaving": (leaving, "leaving/b.jsonl is a link that leads out of leaving"),
    "nothing": (Path.mkdir, "nothing is a folder in which no file can be read"),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What the child said of each hostile file. One child: its memory then bounds that of every file."""
    if not Path("/proc/self/status").exists():
        pytest.skip("skipped: the largest memory of a process is read from /proc, which this system does not have")
    folder = tmp_path_factory.mktemp("hostile")
    for name, (make, _) in HOSTILE.items():
        if isinstance(make, bytes):
            (folder / name).write_bytes(make)
        else:
            make(folder / name)
    done = subprocess.run([sys.executable, "-c", CHILD, str(folder), *HOSTILE], capture_output=True, text=True,
                          check=False, timeout=240)
    told = dict(zip(HOSTILE, map(json.loads, done.stdout.splitlines()), strict=False))
    assert set(told) == set(HOSTILE), done.stderr
    return told


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_sentence_and_leaves_nothing(name: str, outcomes: dict[str, dict[str, object]]) -> None:
    told = str(outcomes[name]["told"])
    assert HOSTILE[name][1] in told
    assert len(told.splitlines()) == 1 and len(told) < 1000 and told.endswith(".")
    assert outcomes[name]["left"] == ["run.json", "runs"]


def test_memory_stays_bounded_over_all_of_them(outcomes: dict[str, dict[str, object]]) -> None:
    peaks = {name: one["peak"] for name, one in outcomes.items()}
    assert max(map(int, map(str, peaks.values()))) < MEMORY, peaks
