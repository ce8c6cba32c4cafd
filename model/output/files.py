"""Where tagged articles are written: standard output, or a file that appears only when it is complete.

A file is written to a temporary name beside its destination and takes its place at the end: a reader never
sees half a file, and a failed run leaves an earlier file as it was.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from conflict_events.articles import TaggedArticle
from conflict_events.errors import ConflictEventsError
from conflict_events.output.uploads import uploading
from conflict_events.output.writers import ArticleWriter, CsvWriter, JsonlWriter, ParquetWriter
from conflict_events.reading.remote import file_system, is_remote, local_path, store_errors

STANDARD_OUTPUT = "-"


def _html_writer(stream: BinaryIO, labels: Sequence[str], *, all_sentences: bool) -> ArticleWriter:
    from conflict_events.pages import HtmlWriter

    return HtmlWriter(stream, labels, all_sentences=all_sentences)


_WRITERS: dict[str, Callable[..., ArticleWriter]] = {
    "jsonl": JsonlWriter,
    "csv": CsvWriter,
    "parquet": ParquetWriter,
    "html": _html_writer,
}
FORMATS = tuple(_WRITERS)
_SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".html": "html",
    ".htm": "html",
}
# The suffix of a compressed file. Parquet compresses by itself, and a page is for a browser.
COMPRESSIONS = {"none": "", "gzip": ".gz", "zstd": ".zst"}
COMPRESSIBLE = ("jsonl", "csv")


class OutputError(ConflictEventsError):
    """An output that cannot be written as asked."""


def guess_format(path: str | Path) -> str:
    """Return the format that the file's name tells, one of FORMATS; OutputError if it tells none."""
    name = Path(path)
    compressed = guess_compression(path) != "none"
    suffix = (name.with_suffix("") if compressed else name).suffix.lower()
    if suffix not in _SUFFIXES:
        known = ", ".join(_SUFFIXES)
        raise OutputError(f"{path}: its name does not tell the format ({known}): rename it or give --format")
    if compressed and _SUFFIXES[suffix] not in COMPRESSIBLE:
        raise OutputError(
            f"{path}: {_SUFFIXES[suffix]} is not compressed by its name: leave {name.suffix} out"
        )
    return _SUFFIXES[suffix]


def guess_compression(path: str | Path) -> str:
    """Return the compression that the file's name tells, one of COMPRESSIONS."""
    suffix = Path(path).suffix.lower()
    return next((name for name, known in COMPRESSIONS.items() if known and known == suffix), "none")


def check_destination(path: str | Path) -> None:
    """Raise OutputError, before any work, if a file cannot be written at `path`."""
    path = local_path(str(path))
    if path == STANDARD_OUTPUT:
        return
    if not path:
        raise OutputError("the output has no name: name a file")
    if is_remote(path):
        file_system(path)  # which tells what is not installed
        return
    target = Path(path).resolve()
    if target.is_dir():
        raise OutputError(f"{path}: is a folder; name a file in it")
    if not target.parent.is_dir():
        raise OutputError(f"{path}: the folder {target.parent} does not exist; create it first")
    if target.exists() and not os.access(target, os.W_OK):
        raise OutputError(f"{path}: is write-protected; choose another file or change its permissions")
    if _is_replaceable(target):
        probe = _part_name(target)
        with reported(path):
            try:
                probe.open("wb").close()
            finally:  # also where a signal comes between
                probe.unlink(missing_ok=True)


@contextmanager
def open_writer(
    path: str | Path, format: str, labels: Sequence[str], *, all_sentences: bool = True
) -> Iterator[ArticleWriter]:
    """Open `path` ("-": standard output) for tagged articles in one of FORMATS.

    `labels` gives the score columns and their order. Without `all_sentences` only sentences that carry a
    label are written. JSONL and CSV are compressed where the name says so (.gz, .zst). The file appears when
    the block ends; if it ends in an error, nothing appears.
    """
    compression = guess_compression(path) if format in COMPRESSIBLE else "none"
    with (
        open_stream(path) as stream,
        writer_to(
            stream, path, format, labels, all_sentences=all_sentences, compression=compression
        ) as writer,
    ):
        yield writer


@contextmanager
def writer_to(
    stream: BinaryIO,
    path: str | Path,
    format: str,
    labels: Sequence[str],
    *,
    all_sentences: bool,
    compression: str = "none",
) -> Iterator[ReportingWriter]:
    """Write tagged articles to an open stream; `path` is what errors call it."""
    if format not in _WRITERS:
        raise OutputError(f"unknown output format {format!r}; there are {', '.join(FORMATS)}")
    with _compressed(stream, path, compression) as plain:
        with reported(path):
            writer = ReportingWriter(_WRITERS[format](plain, labels, all_sentences=all_sentences), path)
        yield writer
        writer.close()


class ReportingWriter:
    """A writer whose system errors name the file (a full disk, say)."""

    def __init__(self, writer: ArticleWriter, path: str | Path) -> None:
        self._writer = writer
        self._path = path

    def write(self, tagged: TaggedArticle) -> None:
        """Write one article."""
        with reported(self._path):
            self._writer.write(tagged)

    def close(self) -> None:
        """End the format."""
        with reported(self._path):
            self._writer.close()


def _is_replaceable(target: Path) -> bool:
    """Whether a file may be renamed to `target`: not over a device or a pipe (/dev/null, /dev/stdout)."""
    return target.is_file() or not target.exists()


def _part_name(target: Path) -> Path:
    return target.with_name(f".{target.name}.{uuid.uuid4().hex[:12]}.part")


@contextmanager
def _compressed(stream: BinaryIO, path: str | Path, compression: str) -> Iterator[BinaryIO]:
    """What is written to the stream given goes compressed to `stream`, which stays open."""
    if compression == "none":
        yield stream
        return
    packed: BinaryIO
    if compression == "gzip":
        import gzip

        # Without a time and a name in it, the same articles make the same file.
        packed = cast(
            BinaryIO, gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0, compresslevel=6)
        )
    else:
        import pyarrow

        kept_open = pyarrow.PythonFile(_KeptOpen(stream), mode="w")
        packed = cast(BinaryIO, pyarrow.CompressedOutputStream(kept_open, "zstd"))
    try:
        yield packed
    except BaseException:
        # Else it would try to end the file when its object goes, and complain that the file is closed.
        with suppress(OSError):
            packed.close()
        raise
    with reported(path):
        packed.close()


class _KeptOpen:
    """A stream that its user may close without closing it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.write = stream.write
        self.flush = stream.flush
        self.closed = False

    def close(self) -> None:
        """Note that nothing more comes."""
        self.closed = True


@contextmanager
def open_stream(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for bytes ("-": standard output) that appears when the block ends without an error."""
    path = local_path(str(path))
    if str(path) == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        with reported(path):
            sys.stdout.buffer.flush()
        return
    if is_remote(str(path)):
        store, place = file_system(str(path))
        with store_reported(path), uploading(store, place) as upload:
            yield upload
        return
    target = Path(path).resolve()
    part = _part_name(target) if _is_replaceable(target) else target
    stream: BinaryIO | None = None
    try:  # from before the file is there, for a signal may come between
        with reported(path):
            stream = part.open("wb")
        yield stream
        with reported(path):
            stream.flush()
            if part != target:
                os.fsync(stream.fileno())
            stream.close()
            part.replace(target)
    finally:
        if stream is not None:
            with suppress(OSError):
                stream.close()
        if part != target:
            with suppress(OSError):
                part.unlink(missing_ok=True)


@contextmanager
def store_reported(path: str | Path) -> Iterator[None]:
    """As `reported`, for what stores raise beside system errors."""
    try:
        with reported(path):
            yield
    except store_errors() as error:
        raise OutputError(f"{path}: cannot be written ({error})") from error


@contextmanager
def reported(path: str | Path) -> Iterator[None]:
    """Turn the system's errors into ours; a closed pipe is no error of the user's and stays what it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        where = "standard output" if str(path) == STANDARD_OUTPUT else path
        raise OutputError(f"{where}: cannot be written ({reason})") from error
