"""Bytes in bounded memory: files and standard input, decompressed by their magic number, cut into lines.

No line and no document may be longer than `LONGEST` bytes, so that a damaged file cannot fill the memory.
"""

from __future__ import annotations

import codecs
import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from ..errors import InputError
from .remote import is_remote, open_remote, store_errors

if TYPE_CHECKING:
    import bz2
    import gzip
    import lzma

    from _typeshed import WriteableBuffer

STDIN = "<stdin>"
LONGEST = 32 * 2**20
_CHUNK = 2**20
_LITTLE = 2**14
_BYTE_ORDERS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


_now = threading.local()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a large file: bytes `[begin, end)` of JSON lines, or row groups `[begin, end)` of Parquet.

    `before` is how many lines or rows lie before it.
    """

    begin: int
    end: int
    before: int


@contextmanager
def open_bytes(path: str, piece: Piece | None = None) -> Iterator[io.BufferedReader]:
    """Open a file, or standard input for `STDIN`; compressed ones are recognised by their first bytes.

    Of a `piece` of a file that is not compressed, its bytes alone are read.
    """
    raw = _standard_input() if path == STDIN else open_remote(path) if is_remote(path) else io.FileIO(path)
    stream = _buffered(raw if piece is None else _Bounded(raw, piece.begin, piece.end))
    try:
        plain = _buffered(stream) if piece else _decompressed(stream, stream.peek(6)[:6])
    except BaseException:
        if path != STDIN:
            raw.close()
        raise
    _now.raw = raw
    try:
        yield plain
    finally:
        _now.raw = None
        # Standard input is not ours to close, and a reader that is given up closes what it reads.
        for reader in (plain, stream):
            if not reader.closed:
                reader.detach()
        if path != STDIN:
            raw.close()


def position() -> int:
    """How many bytes this thread has taken from the file it is reading, compressed as they lie; else 0."""
    raw = getattr(_now, "raw", None)
    if raw is None or raw.closed:
        return 0
    try:
        return int(raw.tell())
    except (OSError, ValueError):  # A pipe has no position.
        return 0


def _standard_input() -> Any:
    """Standard input below its buffer, whose lock a waiting thread would hold when the interpreter ends."""
    try:
        return io.FileIO(sys.stdin.fileno(), closefd=False)
    except (AttributeError, io.UnsupportedOperation):  # it was replaced by something that is no file
        return sys.stdin.buffer


def _buffered(raw: Any) -> io.BufferedReader:
    return io.BufferedReader(raw, _CHUNK)


def _decompressed(stream: io.BufferedReader, head: bytes) -> io.BufferedReader:
    if head.startswith(b"\x1f\x8b"):
        import gzip

        return _buffered(_SoundPart(gzip.GzipFile(fileobj=stream)))
    if head.startswith(b"BZh"):
        import bz2

        return _buffered(_SoundPart(bz2.BZ2File(stream)))
    if head == b"\xfd7zXZ\x00":
        import lzma

        return _buffered(_SoundPart(lzma.LZMAFile(stream)))
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        import pyarrow

        # Of what it is asked for at once, nothing is there if damage lies in it.
        return io.BufferedReader(pyarrow.CompressedInputStream(stream, "zstd"), _LITTLE)
    return _buffered(stream)


def damage_errors() -> tuple[type[Exception], ...]:
    """What reading a damaged or vanished file raises, whatever its compression."""
    import lzma
    import zlib

    return (OSError, EOFError, zlib.error, lzma.LZMAError, *store_errors())


def archive_errors(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """What reading a damaged zip raises, or one whose members are not what they should be, and `others`."""
    import zipfile

    # RuntimeError is zipfile's for what is encrypted or packed in a way it does not know.
    return (*damage_errors(), zipfile.BadZipFile, LookupError, RuntimeError, ValueError, *others)


class UnreachableError(InputError):
    """A place elsewhere that does not answer: the file may be sound, and another try may reach it."""


def damage(error: Exception, path: str) -> InputError:
    """Say why a file cannot be read, and what to do."""
    import gzip
    import lzma
    import zlib

    if isinstance(error, FileNotFoundError):
        return InputError("there is no such file or folder: check the name", path=path)
    if isinstance(error, PermissionError):
        return InputError("no permission to read it: change its permissions, or leave it out", path=path)
    if isinstance(error, IsADirectoryError):
        return InputError("is a folder where a file was expected", path=path)
    detail = (
        error.strerror if isinstance(error, OSError) and error.strerror else str(error) or "it ends too early"
    )
    if is_remote(path) and not isinstance(error, (gzip.BadGzipFile, EOFError, zlib.error, lzma.LZMAError)):
        return UnreachableError(f"cannot be reached ({detail}): try again", path=path)
    return InputError(f"cannot be read, it may be damaged ({detail}): get a fresh copy", path=path)


def read_document(stream: BinaryIO, path: str) -> bytes:
    """All bytes of a document.

    Raises:
        InputError: it is longer than `LONGEST`; no more than that is read.
    """
    parts, size = [], 0
    while size <= LONGEST and (part := stream.read(_CHUNK)):
        parts.append(part)
        size += len(part)
    if size > LONGEST:
        raise InputError(
            f"is longer than the {_megabytes(LONGEST)} that one article may have: split it, or give rows",
            path=path,
        )
    return b"".join(parts)


def read_lines(
    stream: io.BufferedReader, path: str, before: int = 0, longest: int | None = None
) -> Iterator[tuple[int, bytes | InputError]]:
    """Yield each line's number and bytes (UTF-16 and UTF-32 as UTF-8), or why it is passed over.

    `before` lines of the file lie before the stream. No line may be longer than `longest` bytes (None:
    `LONGEST`).
    """
    longest = LONGEST if longest is None else longest
    head = stream.peek(4)[:4] if not before else b""
    encoding = next((name for mark, name in _BYTE_ORDERS.items() if head.startswith(mark)), None)
    if encoding is None and len(head) == 4 and (head[0] == 0) != (head[1] == 0):
        encoding = "utf-16-be" if head[0] == 0 else "utf-16-le"
    if encoding is None:
        lines: Iterator[tuple[int, bytes | None]] = _numbered_lines(stream, longest)
    else:
        lines = _numbered_lines(io.BufferedReader(_Recoded(stream, encoding), _CHUNK), longest)
    for place, line in lines:
        number = before + place
        if line is None:
            problem = f"the line is longer than the {_megabytes(longest)} that one may have: split it"
            yield number, InputError(problem, path=path, line=number)
        else:
            yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line


def _numbered_lines(stream: BinaryIO, longest: int) -> Iterator[tuple[int, bytes | None]]:
    """Lines with their numbers; None in the place of one that is too long, which is not kept."""
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        if len(line) <= longest or line.endswith(b"\n"):
            yield number, line
            continue
        while (rest := stream.readline(_CHUNK)) and not rest.endswith(b"\n"):
            pass
        yield number, None


class _SoundPart(io.RawIOBase):
    """A compressed file that gives what lies before its damage, and only then raises.

    Asked for much at once, the decompressors raise without what they had until then.
    """

    def __init__(self, packed: gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile) -> None:
        self._packed = packed

    def readable(self) -> bool:
        """Say that it can be read, as `io.BufferedReader` asks."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill some of the buffer; 0 at the end."""
        view = memoryview(buffer).cast("B")
        data = self._packed.read1(len(view))
        view[: len(data)] = data
        return len(data)


class _Bounded(io.RawIOBase):
    """The bytes `[begin, end)` of a file that can be sought."""

    def __init__(self, raw: BinaryIO, begin: int, end: int) -> None:
        raw.seek(begin)
        self._raw = raw
        self._left = end - begin

    def readable(self) -> bool:
        """Say that it can be read, as `io.BufferedReader` asks."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer; 0 at the end."""
        view = memoryview(buffer).cast("B")
        data = self._raw.read(min(len(view), self._left)) or b""
        view[: len(data)] = data
        self._left -= len(data)
        return len(data)


class _Recoded(io.RawIOBase):
    """A stream of another encoding read as UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = b""

    def readable(self) -> bool:
        """Say that it can be read, as `io.BufferedReader` asks."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer with UTF-8; 0 at the end."""
        view = memoryview(buffer).cast("B")
        while not self._ready:
            data = self._stream.read(_CHUNK)
            text = self._decoder.decode(data, final=not data)
            self._ready = text.encode("utf-8", "replace")
            if not data:
                break
        size = min(len(view), len(self._ready))
        view[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


def _megabytes(size: int) -> str:
    return f"{size // 2**20} MB"
