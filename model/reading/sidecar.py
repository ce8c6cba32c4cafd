"""What a folder's `metadata.jsonl` or `metadata.csv` says of the files beside it.

The convention is that of folder data sets of Hugging Face: a `file_name` column, relative to the folder.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from .encoding import decode
from .records import Columns, known, read_objects
from .streams import damage, damage_errors, open_bytes, read_document

NAMES = ("metadata.jsonl", "metadata.csv")


class Sidecars:
    """Metadata of the files of many folders; each folder's is read once, when the first file of it asks."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._folders: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._errors: list[InputError] = []

    def is_sidecar(self, path: str) -> bool:
        """Whether the file is metadata of its neighbours, and so holds no articles."""
        return Path(path).name in NAMES and bool(self._folder(str(Path(path).parent)))

    def of(self, path: str, root: str) -> dict[str, str]:
        """What is known of a file (any of id, title, source, date), from folders between it and `root`."""
        folder = Path(path).parent
        while True:
            name = Path(path).relative_to(folder).as_posix()
            if row := self._folder(str(folder)).get(name):
                columns = {"id": self._columns.id, "title": self._columns.title}
                columns |= {"source": self._columns.source, "date": self._columns.date}
                return {
                    field: value for field, column in columns.items() if (value := known(row.get(column)))
                }
            if str(folder) == str(Path(root)) or folder == folder.parent:
                return {}
            folder = folder.parent

    def errors(self) -> list[InputError]:
        """Errors in metadata files that were read since the last call."""
        errors, self._errors = self._errors, []
        return errors

    def _folder(self, folder: str) -> dict[str, Mapping[str, Any]]:
        if folder not in self._folders:
            # A long walk passes through each folder once: only the last ones are worth keeping.
            while len(self._folders) >= 64:
                del self._folders[next(iter(self._folders))]
            self._folders[folder] = {}
            for name in NAMES:
                path = Path(folder) / name
                if path.is_file():
                    self._folders[folder] |= self._read(str(path))
        return self._folders[folder]

    def _read(self, path: str) -> dict[str, Mapping[str, Any]]:
        rows: dict[str, Mapping[str, Any]] = {}
        errors = []
        try:
            for row in _rows(path):
                if isinstance(row, InputError):
                    errors.append(row)
                elif isinstance(name := row.get("file_name"), str):
                    rows[Path(name).as_posix()] = row
        except damage_errors() as error:
            errors.append(damage(error, path))
        except InputError as error:
            errors.append(error)
        # Without file names it is a file of articles like any other, and its errors are told when it is read.
        self._errors += errors if rows else []
        return rows


def _rows(path: str) -> Iterator[Mapping[str, Any] | InputError]:
    if path.endswith(".jsonl"):
        first = True
        for number, value in read_objects(path):
            if isinstance(value, dict):
                if first and "file_name" not in value:
                    return
                first = False
                if "file_name" not in value:
                    value = InputError(
                        "has no 'file_name': add it, or remove the line", path=path, line=number
                    )
            yield value
        return
    with open_bytes(path) as stream:
        text = decode(read_document(stream, path))
    try:
        yield from csv.DictReader(text.splitlines(keepends=True))
    except csv.Error as error:
        yield InputError(f"broken CSV ({error}): check its quotes", path=path)
