"""One process a folder: a lock that the system itself takes back when the process ends, however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conflict_events.output.files import reported
from conflict_events.runs.errors import RunError


@contextmanager
def locked(path: Path, otherwise: str) -> Iterator[None]:
    """Hold the lock that the file at `path` stands for; the file is made if it is not there.

    Raises:
        RunError: another process holds it; `otherwise` is what it says.
    """
    with reported(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _taken(descriptor):
            raise RunError(otherwise)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import errno
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # A network file system without locks cannot tell; nothing then guards against a second run.
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
    return True
