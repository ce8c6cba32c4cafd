"""The articles of a unit as a stream that keeps account: where each stands, and what was rejected between."""

from __future__ import annotations

import json
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, cast

from conflict_events.articles import Article
from conflict_events.errors import InputError
from conflict_events.reading.read import read_file
from conflict_events.reading.records import Columns
from conflict_events.reading.remote import is_remote
from conflict_events.reading.streams import UnreachableError, position
from conflict_events.runs.errors import ChangedInputError
from conflict_events.runs.plan import Input, Unit, stamp_of

_IN_MEMORY = 2**20


@dataclass(frozen=True, slots=True)
class Place:
    """Just behind an article: inputs that lie wholly before, records of the current one, bytes read of all.

    `rejections` counts the records rejected before it since the stream began.
    """

    inputs: int
    records: int
    bytes: int
    rejections: int


class Source:
    """A unit's articles from a place on, read in another thread than that which asks for their places.

    `place_of_next` gives the places of the articles in their order. With `strict` the first record that is
    rejected is raised.
    """

    def __init__(self, unit: Unit, columns: Columns, start: tuple[int, int], *, strict: bool) -> None:
        self._unit = unit
        self._columns = columns
        self._start = start
        self._strict = strict
        self._places: deque[Place] = deque()
        self.rejections = Rejections()

    def __iter__(self) -> Iterator[Article]:
        """Yield the articles; rejected records go to `rejections`.

        Raises:
            ChangedInputError: an input is not as it was when the run was planned.
            UnreachableError: a store does not answer.
            InputError: a record was rejected, with `strict`.
        """
        first, skipped = self._start
        size = sum(item.size for item in self._unit.inputs[:first])
        for index, item in enumerate(self._unit.inputs[first:], first):
            _check_unchanged(item)
            for number, found in enumerate(_records(item, self._columns), 1):
                if number <= (skipped if index == first else 0):
                    continue
                if isinstance(found, InputError):
                    self._reject(found)
                    continue
                read = size + min(_taken(item), item.size)
                self._places.append(Place(index, number, read, self.rejections.count))
                yield found
            _check_unchanged(item)
            size += item.size

    def place_of_next(self) -> Place:
        """The place of the next article that was yielded and not yet asked for."""
        return self._places.popleft()

    @property
    def end(self) -> Place:
        """The place behind everything, once all was yielded."""
        return Place(len(self._unit.inputs), 0, self._unit.size, self.rejections.count)

    def _reject(self, error: InputError) -> None:
        if self._strict or isinstance(error, UnreachableError):
            raise error
        self.rejections.add(error)


class Rejections:
    """Rejected records on their way to a file, kept on the disk where they are many."""

    def __init__(self) -> None:
        self.count = 0
        self._taken = 0
        self._lock = threading.Lock()
        # It has no name, and goes when this object does.
        self._spool = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115
        self._read_at = 0

    def add(self, error: InputError) -> None:
        """Take one."""
        with self._lock:
            self._spool.seek(0, 2)
            self._spool.write(rejection_line(error))
            self.count += 1

    def take(self, until: int) -> Iterator[bytes]:
        """Yield the lines of those not yet taken, up to the number given of all."""
        while self._taken < until:
            with self._lock:
                self._spool.seek(self._read_at)
                line = self._spool.readline()
                self._read_at = self._spool.tell()
                self._taken += 1
            yield line


def rejection_line(error: InputError) -> bytes:
    """A rejected record as a line of JSON: its file, its line or row (null for a whole file), the reason."""
    record = {"file": error.path, "line": error.line, "reason": error.reason}
    return json.dumps(record, ensure_ascii=True).encode() + b"\n"


def _records(item: Input, columns: Columns) -> Iterator[Article | InputError]:
    if item.problem is not None:
        yield InputError(item.problem, path=item.path, line=item.problem_line)
        return
    for found in read_file(item.file, columns):
        if isinstance(found, Article) and item.metadata:
            found = replace(found, **item.metadata)
        yield found


def _taken(item: Input) -> int:
    """Bytes read of the input; for Parquet, which is not read in order, nothing until it is done."""
    return position() - (item.piece.begin if item.piece and item.format == "jsonl" else 0)


def _check_unchanged(item: Input) -> None:
    """Raise ChangedInputError if a local file was changed or removed since the run was planned."""
    if item.problem is not None or is_remote(item.path):
        return
    try:
        size, stamp = stamp_of(item.path)
    except OSError:
        size, stamp = -1, ""
    if stamp != item.stamp or (item.piece is None and size != item.size):
        what = "was removed" if size < 0 else "was changed"
        raise ChangedInputError(
            f"{item.path}: {what} while the run reads it: put back what was there and start again, or begin "
            "anew in another folder"
        )
