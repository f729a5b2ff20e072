"""The same ledger on PostgreSQL, where a server's programs are installed."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tunewright.core.errors import Conflict
from tunewright.core.ledger import Ledger

pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")


def programs() -> Path | None:
    """The folder with initdb and postgres."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders and (folders[-1] / "initdb").exists() else None


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    place = Path("/tmp") / f"tunewright-postgres-{os.getpid()}"
    place.mkdir(mode=0o700)
    # The server refuses to run as root; `nobody` is on every system that has root.
    user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
    if user:
        shutil.chown(place, "nobody", "nogroup")
    data = place / "data"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = subprocess.run([*user, folder / "initdb", "-D", data, "-A", "trust", "-U", "tunewright", "--no-sync"],
                          check=False, capture_output=True, cwd=place)
    if made.returncode:
        shutil.rmtree(place)
        pytest.skip(f"PostgreSQL cannot run here: {made.stderr.decode()[-200:]}")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {place}"
    control = [*user, folder / "pg_ctl", "-D", data, "-w"]
    started = subprocess.run([*control, "-l", place / "log", "-o", options, "start"], check=False,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=place)
    if started.returncode:
        shutil.rmtree(place)
        pytest.skip("PostgreSQL does not start here")
    yield f"postgresql+psycopg://tunewright@127.0.0.1:{port}/postgres"
    subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd=place)
    shutil.rmtree(place)


def test_two_writers_never_fork_the_chain(url: str) -> None:
    def write() -> None:
        ledger = Ledger(url)
        for _ in range(40):
            ledger.append("note", "desk@1", by="writer", why="", data={"text": "ü"})
        ledger.close()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    ledger = Ledger(url)
    assert ledger.head().number == 160
    assert list(ledger.verify(ledger.head())) == []
    ledger.close()


def test_a_lost_race_is_a_conflict(url: str) -> None:
    ledger = Ledger(url)
    seen = ledger.head()
    ledger.append("note", "desk@1", by="bo", why="")
    with pytest.raises(Conflict):
        ledger.append("promote", "desk@2", by="ada", why="", expect=seen)
    ledger.close()
