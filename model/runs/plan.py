"""From inputs to units: an ordered list of pieces of work that depends on the inputs alone.

A unit is what one worker does from start to end on its own: a large file, a piece of one, or small files
that follow each other. A million small files so give few units, and one large file gives many.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from conflict_events.errors import InputError
from conflict_events.reading.files import ArticleFile, find_files
from conflict_events.reading.records import Columns
from conflict_events.reading.remote import is_remote
from conflict_events.reading.sidecar import Sidecars
from conflict_events.reading.streams import STDIN, Piece, damage
from conflict_events.runs.cutting import pieces_of
from conflict_events.runs.errors import RunError

MOST_FILES = 10_000


@dataclass(frozen=True, slots=True)
class Input:
    """A file, or a piece of one, as it was found: its size in bytes and a stamp that changes with the file.

    `size` is that of the piece where there is one. `metadata` is what a `metadata.jsonl` beside the file says
    of its article (id, title, source, date). With a `problem` there is nothing to read: it is what to say.
    """

    path: str
    format: str = ""
    id: str = ""
    size: int = 0
    stamp: str = ""
    piece: Piece | None = None
    metadata: Mapping[str, str] | None = None
    problem: str | None = None
    problem_line: int | None = None

    @property
    def file(self) -> ArticleFile:
        """What the reader takes."""
        return ArticleFile(self.path, self.format, self.id, "", self.piece)


@dataclass(frozen=True, slots=True)
class Unit:
    """Inputs that one worker does, in their order; `number` counts the units of a run from 0."""

    number: int
    inputs: tuple[Input, ...]

    @property
    def size(self) -> int:
        """Bytes of its inputs, compressed as they lie."""
        return sum(item.size for item in self.inputs)

    def to_line(self) -> bytes:
        """Return the unit as a line of JSON."""
        inputs = [
            {key: value for key, value in asdict(item).items() if value not in (None, "")}
            for item in self.inputs
        ]
        return json.dumps({"unit": self.number, "inputs": inputs}, ensure_ascii=True).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Unit:
        """Make a unit from what `to_line` gave."""
        data = json.loads(line)
        return cls(data["unit"], tuple(_input(item) for item in data["inputs"]))


def plan_units(paths: Sequence[str], format: str | None, columns: Columns, unit_bytes: int) -> Iterator[Unit]:
    """Find the inputs and put them into units, lazily; the same inputs always give the same units.

    Raises:
        RunError: standard input is among them, which cannot be read again when a run goes on.
    """
    if "-" in paths:
        raise RunError("standard input cannot be read again: give files, or write to one file with -o FILE")
    number, held, size = 0, list[Input](), 0
    for item in _inputs(paths, format, columns, unit_bytes):
        if held and (size + item.size > unit_bytes or len(held) >= MOST_FILES):
            yield Unit(number, tuple(held))
            number, held, size = number + 1, [], 0
        held.append(item)
        size += item.size
    if held:
        yield Unit(number, tuple(held))


def stamp_of(path: str) -> tuple[int, str]:
    """Size and stamp of a local file; OSError if there is none."""
    status = Path(path).stat()
    return status.st_size, str(status.st_mtime_ns)


def _inputs(paths: Sequence[str], format: str | None, columns: Columns, unit_bytes: int) -> Iterator[Input]:
    sidecars = Sidecars(columns)
    for file in find_files(paths, format):
        if isinstance(file, InputError):
            yield _problem(file)
            continue
        metadata: Mapping[str, str] = {}
        if not is_remote(file.path):
            passed_over = sidecars.is_sidecar(file.path)
            metadata = {} if passed_over else sidecars.of(file.path, file.root)
            yield from map(_problem, sidecars.errors())
            if passed_over:
                continue
        yield from _pieces(file, metadata, unit_bytes)


def _pieces(file: ArticleFile, metadata: Mapping[str, str], unit_bytes: int) -> Iterator[Input]:
    try:
        size, stamp = (file.size or 0, file.stamp) if is_remote(file.path) else stamp_of(file.path)
    except OSError as error:
        yield _problem(damage(error, file.path))
        return
    whole = Input(file.path, file.format, file.id, size, stamp, metadata=metadata or None)
    pieces = pieces_of(file, size, unit_bytes) if size > unit_bytes else []
    for piece, piece_size in pieces:
        yield replace(whole, piece=piece, size=piece_size)
    if not pieces:
        yield whole


def _problem(error: InputError) -> Input:
    return Input(error.path or STDIN, problem=error.reason, problem_line=error.line)


def _input(data: Mapping[str, Any]) -> Input:
    piece = data.get("piece")
    return Input(**{**data, "piece": Piece(**piece) if piece else None})
