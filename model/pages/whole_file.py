"""Files that appear only when they are complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """Open `path` for writing under a temporary name beside it, which takes its place when the block ends.

    After an error in the block nothing new remains, and an earlier file is as it was.
    """
    target = Path(path)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: str | Path, content: str | bytes) -> None:
    """Write a file at once, text in UTF-8: readers see the earlier file or the whole new one."""
    with whole_file(path) as stream:
        stream.write(content.encode() if isinstance(content, str) else content)
