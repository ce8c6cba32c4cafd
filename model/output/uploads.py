"""Files into stores that fsspec reaches: written to a local temporary file, and put in place as a whole.

An upload to an object store takes effect at its end, or not at all. Other stores get the file under a
temporary name, and move it.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

TEMPORARY = ".tmp"
_ATOMIC = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oci", "oss", "tos", "memory"}


@contextmanager
def uploading(store: AbstractFileSystem, path: str) -> Iterator[BinaryIO]:
    """Open a file that appears in the store when the block ends without an error."""
    with tempfile.TemporaryDirectory(prefix="conflict-events-") as scratch:
        local = Path(scratch) / "part"
        with local.open("wb") as stream:
            yield cast(BinaryIO, stream)
        _put(store, str(local), path)


def _put(store: AbstractFileSystem, local: str, target: str) -> None:
    protocols = {store.protocol} if isinstance(store.protocol, str) else set(store.protocol)
    if protocols & _ATOMIC:
        store.put_file(local, target)
        return
    folder, _, name = target.rpartition("/")
    part = f"{folder}/.{name}.{uuid.uuid4().hex[:12]}{TEMPORARY}"
    store.put_file(local, part)
    if store.exists(target):
        store.rm_file(target)  # not every store moves over what is there
    store.mv(part, target)
