"""Writing files so that a crash leaves the old file or the new one, never half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from conflict_events.errors import AnnotationError


def write_atomically(path: str | Path, text: str, *, mode: int | None = None) -> None:
    """Replace the file at `path` by `text`, through a file beside it; `mode` sets its permission bits.

    Raises AnnotationError where the folder is missing or not writable.
    """
    path = Path(path)
    try:
        handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            # mkstemp allows the owner alone; an ordinary file has what the umask leaves.
            Path(partial).chmod(mode if mode is not None else 0o666 & ~_umask())
            Path(partial).replace(path)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise AnnotationError(f"{path}: cannot write it ({error.strerror})") from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
