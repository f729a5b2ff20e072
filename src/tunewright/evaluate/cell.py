"""The sandbox from within: run as a file of its own, by an interpreter that has loaded nothing of ours.

    python -I -S cell.py FOLDER PREFIX SECONDS MEMORY DISK PROCESSES < code

First the walls go up (namespaces for network, processes and mounts; a root of its own, kept in memory; no privileges; a
filter of system calls), then the code runs as the first process of its own world, so that all it started ends with it.
Whatever wall cannot be built, this ends with NO_WALLS before a line of the code is run.
"""

import ctypes
import os
import resource
import signal
import struct
import sys
from pathlib import Path

NO_WALLS = 97
"""Exit code: the code was not run."""
_NEW = {"mounts": 0x20000, "user": 0x10000000, "processes": 0x20000000, "network": 0x40000000, "messages": 0x8000000}
_READ_ONLY, _NO_SUID, _NO_DEV, _REMOUNT, _BIND, _ALL_BELOW, _PRIVATE = 1, 2, 4, 0x20, 0x1000, 0x4000, 0x40000
_KEPT_FLAGS = {2: 2, 4: 4, 8: 8, 1024: 1024, 2048: 2048, 4096: 1 << 21}  # statvfs's flags, as mount calls them
_SHOWN = ("/usr", "/lib", "/lib64", "/bin")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
# System calls that could take a wall down, or keep memory that no limit counts: by machine, its AUDIT_ARCH, clone,
# clone3, and the rest.
_CALLS = {
    "x86_64": (0xC000003E, 56, 435, (29, 101, 155, 161, 165, 166, 175, 246, 248, 249, 250, 272, 298, 308, 310, 311, 313,
                                     319, 320, 321, 323, 425, 428, 429, 430, 431, 432, 433, 442, 447)),
    "aarch64": (0xC00000B7, 220, 435, (194, 117, 41, 51, 40, 39, 105, 104, 217, 218, 219, 97, 241, 268, 270, 271, 273,
                                       279, 294, 280, 282, 425, 428, 429, 430, 431, 432, 433, 442, 447))}
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Build the walls, run the code, end as it ends."""
    folder, prefix = sys.argv[1:3]
    seconds, memory, disk, processes = map(int, sys.argv[3:])
    code = sys.stdin.buffer.read()
    try:
        _namespaces()
        _root(Path(folder), Path(prefix), disk, code)
        first = os.fork()
    except OSError as error:
        print(error, file=sys.stderr)
        os._exit(NO_WALLS)
    if first:
        _, status = os.waitpid(first, 0)
        os._exit(os.waitstatus_to_exitcode(status) % 256)
    try:
        _limits(seconds, memory, disk, processes)
        _unprivileged()
        _checked(_libc.prctl(1, signal.SIGKILL, 0, 0, 0))  # killed when whoever watches the clock kills its parent
        _filter()
    except (OSError, KeyError) as error:
        print(error, file=sys.stderr)
        os._exit(NO_WALLS)
    os.execve(sys.executable, [sys.executable, "-I", "-S", "/program.py"], {"HOME": "/box", "PATH": "/usr/bin:/bin"})


def _namespaces() -> None:
    uid, gid = os.getuid(), os.getgid()
    wanted = [what for what in _NEW if what != "user" or uid]  # root needs no namespace of users to build the others
    _checked(_libc.unshare(sum(_NEW[what] for what in wanted)))
    if uid:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def _root(folder: Path, prefix: Path, disk: int, code: bytes) -> None:
    """A root in memory, with the interpreter and the system's libraries to read and /box to write in."""
    _mount(None, "/", None, _PRIVATE | _ALL_BELOW)
    _mount("tmpfs", folder, "tmpfs", _NO_SUID | _NO_DEV, f"size={disk},nr_inodes=4096,mode=755")
    for shown in dict.fromkeys((*map(Path, _SHOWN), prefix)):
        if shown.is_dir():
            _show(shown, folder, shown)
    for device in map(Path, _DEVICES):
        _show(device, folder, device)
    (folder / "box").mkdir(mode=0o777)
    (folder / "box").chmod(0o777)
    (folder / "tmp").symlink_to("box")
    (folder / "program.py").write_bytes(code)
    (folder / "old").mkdir()
    _checked(_libc.pivot_root(os.fsencode(folder), os.fsencode(folder / "old")))
    os.chdir("/box")
    _checked(_libc.umount2(b"/old", 2))
    Path("/old").rmdir()


def _show(what: Path, folder: Path, where: Path) -> None:
    """Let the cell read `what`, and not write it."""
    place = folder / where.relative_to("/")
    if place.exists():  # it lies in a folder that is shown already
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if what.is_dir():
        place.mkdir()
    else:
        place.touch()
    _mount(what, place, None, _BIND | _ALL_BELOW)
    seen = os.statvfs(place).f_flag
    kept = sum(flag for told, flag in _KEPT_FLAGS.items() if seen & told)
    if what.is_dir():
        _mount(None, place, None, _REMOUNT | _BIND | _READ_ONLY | _NO_SUID | kept)


def _limits(seconds: int, memory: int, disk: int, processes: int) -> None:
    for what, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, disk),
                       (resource.RLIMIT_NPROC, processes), (resource.RLIMIT_NOFILE, 64), (resource.RLIMIT_CORE, 0),
                       (resource.RLIMIT_MEMLOCK, 0), (resource.RLIMIT_MSGQUEUE, 0)):
        resource.setrlimit(what, (most, most))


def _unprivileged() -> None:
    """Nobody's user, and no way to become another. Processes are counted by user, so root takes one of its own."""
    if os.getuid() == 0:
        nobody = 100_000 + int.from_bytes(os.urandom(3), "big")
        os.setgroups([])
        os.setgid(nobody)
        os.setuid(nobody)
    _checked(_libc.prctl(38, 1, 0, 0, 0))  # no new privileges
    os.setsid()


def _filter() -> None:
    """Refuse the system calls of `_CALLS`, and clone for a new namespace; clone3, whose flags a filter cannot see, does
    not exist. Another machine's calls end the process."""
    arch, clone, clone3, refused = _CALLS[os.uname().machine]
    load, equal, least, test, give = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, refuse, missing, kill = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
    steps = [(load, 0, 0, 4), (equal, 1, 0, arch), (give, 0, 0, kill), (load, 0, 0, 0),
             (least, 0, 1, 0x40000000), (give, 0, 0, kill)]  # x32's calls have other numbers
    for call in refused:
        steps += [(equal, 0, 1, call), (give, 0, 0, refuse)]
    steps += [(equal, 0, 1, clone3), (give, 0, 0, missing), (equal, 0, 3, clone), (load, 0, 0, 16),
              (test, 0, 1, 0x7E020080), (give, 0, 0, refuse), (give, 0, 0, allow)]
    packed = b"".join(struct.pack("HBBI", *step) for step in steps)
    program = ctypes.create_string_buffer(packed, len(packed))
    header = struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(program))
    _checked(_libc.prctl(22, 2, ctypes.create_string_buffer(header, len(header)), 0, 0))


def _mount(what: object, where: object, kind: str | None, flags: int, options: str = "") -> None:
    _checked(_libc.mount(what if what is None else os.fsencode(str(what)), os.fsencode(str(where)),
                         kind.encode() if kind else None, ctypes.c_ulong(flags), options.encode() or None))


def _checked(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    main()
