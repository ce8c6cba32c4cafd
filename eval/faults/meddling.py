"""What is done to a command from within its own process: at a step of its file work, or throughout.

A step is a moment just before the process opens, forces to the disk, renames, removes, lists or makes a file
or folder below a path. CPython tells of all but the forcing by itself (`sys.addaudithook`). Ended between any
two steps, a process has done all before and nothing behind, as if it were killed there.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from unittest.mock import patch

# The events, with the places of the paths among their arguments.
_EVENTS = {
    "open": ("open", (0,)),
    "os.rename": ("rename", (0, 1)),
    "os.remove": ("remove", (0,)),
    "os.mkdir": ("make", (0,)),
    "os.listdir": ("list", (0,)),
    "os.scandir": ("list", (0,)),
}


@dataclass(frozen=True, slots=True)
class Meddling:
    """What to do, and when.

    At step `at` (from 1; 0: never) of those below `watched`, `action` is done: "kill", "interrupt" or
    "terminate" sends the process that signal, "remove" removes `target`, "append" makes it longer, "truncate"
    shorter by half, "pause" stops the process until it is told to go on. "power off" kills it and leaves in
    `target` what a disk may hold after a loss of power; `chance` draws which of the possible states that is.
    `steps` is a file that gets a line for each step. `file_size` limits the bytes of any file written, and
    with `clock` the clock jumps, mostly backwards, each time it is asked.
    """

    watched: str = ""
    at: int = 0
    action: str = ""
    target: str = ""
    chance: int = 0
    steps: str = ""
    file_size: int = 0
    clock: bool = False


def meddle(meddling: Meddling) -> None:
    """Set up in this process, for the rest of its life, what is asked for."""
    if meddling.file_size:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (meddling.file_size, resource.RLIM_INFINITY))
    if meddling.clock:
        _make_the_clock_jump()
    if meddling.watched:
        _watch(meddling)


def _watch(meddling: Meddling) -> None:
    from conflict_events.eval.faults.power import Disk

    watched = meddling.watched
    disk = Disk(Path(watched)) if meddling.action == "power off" else None
    steps = os.open(meddling.steps, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if meddling.steps else None
    count, busy = 0, False

    def step(name: str, path: str, other: str) -> None:
        nonlocal count, busy
        if busy or not (path == watched or path.startswith(watched + os.sep)):
            return
        busy = True
        count += 1
        if steps is not None:
            os.write(steps, f"{name} {path}\n".encode())
        if disk is not None and count < meddling.at:
            disk.before(name, path, other)
        if count == meddling.at:
            _act(meddling, disk)
        busy = False

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in _EVENTS:
            name, places = _EVENTS[event]
            paths = [_absolute(arguments[place]) for place in places]
            step(name, paths[0], paths[-1])

    def fsync(descriptor: int) -> None:
        path = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        step("force", path, path)
        forced(descriptor)
        if disk is not None:
            disk.forced(path)

    forced = os.fsync
    patch.object(os, "fsync", fsync).start()  # in this process alone, which ends with the command
    sys.addaudithook(hook)


def _act(meddling: Meddling, disk: object) -> None:
    from conflict_events.eval.faults.power import Disk

    target = Path(meddling.target)
    if isinstance(disk, Disk):
        disk.leave(target, meddling.chance)
        os.kill(os.getpid(), signal.SIGKILL)
    actions: dict[str, Callable[[], object]] = {
        "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
        "interrupt": lambda: os.kill(os.getpid(), signal.SIGINT),
        "terminate": lambda: os.kill(os.getpid(), signal.SIGTERM),
        "pause": lambda: os.kill(os.getpid(), signal.SIGSTOP),
        "remove": lambda: shutil.rmtree(target) if target.is_dir() else target.unlink(),
        "append": lambda: _append(target),
        "truncate": lambda: os.truncate(target, target.stat().st_size // 2),
    }
    if meddling.action:
        actions[meddling.action]()


def _append(target: Path) -> None:
    with target.open("ab") as stream:
        stream.write(target.read_bytes()[:200])


def _absolute(path: object) -> str:
    if not isinstance(path, (str, bytes, os.PathLike)):
        return ""  # a file that is open already
    return str(Path(os.fsdecode(path)).absolute())


def _make_the_clock_jump() -> None:
    """Each time the clock is asked it is another year, mostly an earlier one."""
    import datetime as dates
    import itertools
    import time

    from conflict_events.runs import manifest

    years = itertools.cycle((2031, 1999, 2026, 1971, 1970))

    class Jumping(dates.datetime):
        @classmethod
        def now(cls, tz: dates.tzinfo | None = None) -> Self:
            return cls(next(years), 1, 2, tzinfo=tz)

    patch.object(time, "time", lambda: Jumping.now(dates.UTC).timestamp()).start()
    patch.object(time, "time_ns", lambda: int(time.time() * 10**9)).start()
    patch.object(manifest, "datetime", Jumping).start()
