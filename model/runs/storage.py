"""The folder of a run, on a disk or in a store: files in it appear whole or not at all.

On a disk a file is written under a temporary name, forced to the disk and renamed, and its folder is forced
to the disk. For files elsewhere see `conflict_events.output.uploads`.
"""

from __future__ import annotations

import os
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from conflict_events.output.files import OutputError, reported, store_reported
from conflict_events.output.uploads import TEMPORARY, uploading
from conflict_events.reading.remote import file_system, is_remote, local_path, store_errors


def open_folder(path: str) -> Folder:
    """The folder at a path or URL; nothing is made yet."""
    path = local_path(path)
    return RemoteFolder(path) if is_remote(path) else LocalFolder(path)


class Folder(ABC):
    """Where a run writes. Names are relative to it, with "/" between their parts.

    All methods raise OutputError where the disk or the store fails.
    """

    path: str

    @abstractmethod
    def writing(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file that appears, complete, when the block ends without an error."""

    @abstractmethod
    def reading(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file; FileNotFoundError where there is none."""

    @abstractmethod
    def names(self, below: str = "") -> list[str]:
        """Names of what is in a folder, sorted; none where there is no such folder."""

    @abstractmethod
    def make(self, *below: str) -> None:
        """Make the folder and those below it, where they are not there."""

    @abstractmethod
    def remove_leftovers(self, *below: str) -> None:
        """Remove what was half written when a run was killed; only for who holds the run's lock."""

    def read(self, name: str) -> bytes | None:
        """All of a file; None where there is none."""
        try:
            with self.reading(name) as stream:
                return stream.read()
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Put a file in place of what has its name."""
        with self.writing(name) as stream, reported(self.place(name)):
            stream.write(data)

    def place(self, name: str) -> str:
        """The file's path or URL, for messages."""
        return f"{self.path.rstrip('/')}/{name}" if name else self.path


class LocalFolder(Folder):
    """A folder on a disk."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._root = Path(path).resolve()

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """Open a file that appears, complete, when the block ends without an error."""
        target = self._root / name
        part = target.with_name(f".{target.name}.{uuid.uuid4().hex[:12]}{TEMPORARY}")
        # A signal may raise between any two steps: the temporary file is removed, whatever was done by then.
        try:
            with reported(self.place(name)):
                stream = part.open("wb")
            try:
                yield stream
                with reported(self.place(name)):
                    stream.flush()
                    os.fsync(stream.fileno())
                    stream.close()
                    part.replace(target)
                    _sync_folder(target.parent)
            finally:
                with suppress(OSError):
                    stream.close()
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        """Open a file; FileNotFoundError where there is none."""
        with _read_reported(self.place(name)), (self._root / name).open("rb") as stream:
            yield stream

    def names(self, below: str = "") -> list[str]:
        """Names of what is in a folder, sorted; none where there is no such folder."""
        try:
            return sorted(entry.name for entry in (self._root / below).iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise OutputError(f"{self.place(below)}: cannot be read ({error.strerror})") from error

    def make(self, *below: str) -> None:
        """Make the folder and those below it, where they are not there."""
        for name in ("", *below):
            folder = self._root / name
            with reported(self.place(name)):
                folder.mkdir(parents=name == "", exist_ok=True)
                _sync_folder(folder.parent)

    def remove_leftovers(self, *below: str) -> None:
        """Remove what was half written when a run was killed; only for who holds the run's lock."""
        for name in ("", *below):
            with reported(self.place(name)):
                for file in (self._root / name).iterdir():
                    if _is_temporary(file.name):
                        file.unlink(missing_ok=True)


class RemoteFolder(Folder):
    """A folder in a store that fsspec reaches."""

    def __init__(self, url: str) -> None:
        self.path = url
        self._store, self._root = file_system(url)

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """Open a file that appears, complete, when the block ends without an error."""
        with store_reported(self.place(name)), uploading(self._store, self._inside(name)) as stream:
            yield stream

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        """Open a file; FileNotFoundError where there is none."""
        with _read_reported(self.place(name)), self._store.open(self._inside(name), "rb") as stream:
            yield cast(BinaryIO, stream)

    def names(self, below: str = "") -> list[str]:
        """Names of what is in a folder, sorted; none where there is no such folder."""
        with store_reported(self.place(below)):
            self._store.invalidate_cache()
            try:
                found = self._store.ls(self._inside(below), detail=False)
            except FileNotFoundError:
                return []
        return sorted(str(path).rstrip("/").rpartition("/")[2] for path in found)

    def make(self, *below: str) -> None:
        """Make the folder and those below it, where they are not there."""
        for name in ("", *below):
            with store_reported(self.place(name)):
                self._store.makedirs(self._inside(name), exist_ok=True)

    def remove_leftovers(self, *below: str) -> None:
        """Remove what was half written when a run was killed; only for who holds the run's lock."""
        for name in ("", *below):
            for file in filter(_is_temporary, self.names(name)):
                with store_reported(self.place(name)):
                    self._store.rm_file(f"{self._inside(name)}/{file}")

    def _inside(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}".rstrip("/")


@contextmanager
def _read_reported(place: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise OutputError(f"{place}: cannot be read ({error.strerror or error})") from error
    except store_errors() as error:
        raise OutputError(f"{place}: cannot be read ({error})") from error


def _is_temporary(name: str) -> bool:
    return name.startswith(".") and name.endswith(TEMPORARY)


def _sync_folder(folder: Path) -> None:
    """Force a folder's entries to the disk, where the system can (Windows cannot, and does so by itself)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
