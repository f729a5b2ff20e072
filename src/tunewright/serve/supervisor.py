"""The gateway's supervisor: it holds the port, and starts the gateway again when that dies.

While there is no gateway, whoever connects waits in the port's queue instead of being refused. The gateway is forked
from a process that has imported all of it, so that it is back the sooner.
"""

import multiprocessing
import os
import time
from collections.abc import Callable
from contextlib import suppress
from signal import SIG_BLOCK, SIG_DFL, SIG_UNBLOCK, SIGINT, SIGTERM, Signals, pthread_sigmask, signal
from threading import Thread
from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.run import Say

Run = Callable[[Callable[[], None]], int]
"""Serves until it is told to stop, calls what it is given when it is ready, and returns an exit code."""

_AT_ONCE = 3  # times in a row that the next gateway does not wait
_MOST = 10  # lives in a row, each shorter than the next figure, after which nothing is started any more
_SHORT = 60.0  # seconds
_ASKED = (SIGINT, SIGTERM)


class Supervisor:
    """One gateway after another. `run` is what each does, in a process of its own.

    After three that lived less than a minute the next is started `pause` seconds later, and each after that waits twice
    as long as the one before it.
    """

    def __init__(self, run: Run, say: Say, pause: float = 1.0) -> None:
        self._run, self._say, self._pause = run, say, pause
        self._fork = multiprocessing.get_context("fork")
        self._ready = self._fork.RawValue("b", 0)
        self._child: Any = None
        self._stopping = False
        self._short_lives = 0

    def run(self) -> int:
        """Until the gateway has ended as it was told to; its exit code. To be called on the main thread.

        SIGTERM and SIGINT are passed on. One that never was ready has told why, and is not started again. Raises Fault
        if it ends again and again.
        """
        before = {number: signal(number, self._stop) for number in _ASKED}
        alive, held = os.pipe()
        try:
            while True:
                began = time.monotonic()
                code = self._once(alive, held)
                if self._stopping or not self._ready.value or code == 0:
                    return code if code >= 0 else 128 - code
                self._wait(_told(code), time.monotonic() - began)
                if self._stopping:
                    return 0
        finally:
            os.close(alive)
            os.close(held)
            for number, handler in before.items():
                signal(number, handler)

    def _once(self, alive: int, held: int) -> int:
        """One gateway's life; its exit code, or minus the signal that killed it."""
        pthread_sigmask(SIG_BLOCK, _ASKED)  # until there is somebody to pass them on to
        self._child = self._fork.Process(target=self._be_child, args=(alive, held), name="tunewright-gateway")
        self._child.start()
        pthread_sigmask(SIG_UNBLOCK, _ASKED)
        self._child.join()
        return int(self._child.exitcode)

    def _be_child(self, alive: int, held: int) -> None:
        """The gateway. It drains and stops when the supervisor is no longer there."""
        os.close(held)
        os.setsid()  # Ctrl-C is told once: to the supervisor
        for number in _ASKED:
            signal(number, SIG_DFL)
        pthread_sigmask(SIG_UNBLOCK, _ASKED)
        Thread(target=_follow, args=(alive,), name="tunewright-supervised", daemon=True).start()
        raise SystemExit(self._run(self._tell_ready))

    def _tell_ready(self) -> None:
        self._ready.value = 1

    def _stop(self, *_: object) -> None:
        self._stopping = True
        if self._child is not None:
            self._child.terminate()

    def _wait(self, told: str, lived: float) -> None:
        """Before the next one is started."""
        self._short_lives = self._short_lives + 1 if lived < _SHORT else 1
        if self._short_lives == _MOST:
            raise Fault(f"the gateway ended {_MOST} times in a row, at last {told}: see what it said before, mend "
                        "that, and start it again.")
        self._say("serve", f"the gateway ended, {told}: it is started again")
        until = time.monotonic() + self._pause * 2.0 ** (self._short_lives - _AT_ONCE - 1)
        while self._short_lives > _AT_ONCE and not self._stopping and time.monotonic() < until:
            time.sleep(0.05)


def apart(call: Callable[[], str]) -> str | None:
    """What a call returns in a process of its own, so that this one stays fit to be forked: without threads, without
    connections. None if it fails: whoever needs it will tell why.
    """
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)

    def tell() -> None:
        with suppress(Exception):
            sender.send(call())

    process = fork.Process(target=tell)
    process.start()
    process.join()
    with receiver, sender:
        return str(receiver.recv()) if receiver.poll() else None


def _told(code: int) -> str:
    return f"killed by {Signals(-code).name}" if code < 0 else f"with code {code}"


def _follow(alive: int) -> None:
    """Nothing is ever written here: the reading ends when the supervisor has."""
    os.read(alive, 1)
    os.kill(os.getpid(), SIGTERM)
