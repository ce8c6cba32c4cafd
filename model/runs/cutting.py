"""Large files cut into pieces that can be read on their own, errors and ids keeping their lines and rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conflict_events.reading.encoding import binary_kind
from conflict_events.reading.files import ArticleFile
from conflict_events.reading.remote import is_remote, open_remote
from conflict_events.reading.streams import Piece

_CHUNK = 4 * 2**20
# The first bytes of what is no plain UTF-8: gzip, bzip2, xz, zstd, and the marks of UTF-16 and UTF-32.
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")
_NOT_PLAIN = (*_COMPRESSED, b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")


def pieces_of(file: ArticleFile, size: int, piece_bytes: int) -> list[tuple[Piece, int]]:
    """Cut a file into pieces of about `piece_bytes`, each with its size in bytes; none if it stays whole.

    Parquet is cut between row groups. JSON lines are cut between lines if they are plain UTF-8 on a disk: the
    lines before each piece are counted, for which the file is read once. CSV cannot be cut, as a line break
    in it may be part of a text; compressed files can only be read from their beginning.
    """
    if file.format == "parquet":
        return list(_row_groups(file.path, size, piece_bytes))
    if file.format == "jsonl" and not is_remote(file.path):
        return list(_lines(Path(file.path), piece_bytes))
    return []


def _row_groups(path: str, size: int, piece_bytes: int) -> Iterator[tuple[Piece, int]]:
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(open_remote(path) if is_remote(path) else path) as file:
            metadata = file.metadata
            groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    except (pyarrow.ArrowException, OSError):
        return  # What is wrong with it is told when it is read.
    unpacked = [max(1, group.total_byte_size) for group in groups]
    total = sum(unpacked)
    begin, before, held, rows = 0, 0, 0, 0
    for index, group in enumerate(groups):
        held += size * unpacked[index] // total  # the group's share of the file
        rows += group.num_rows
        if held >= piece_bytes or index == len(groups) - 1:
            yield Piece(begin, index + 1, before), held
            begin, before, held, rows = index + 1, before + rows, 0, 0


def _lines(path: Path, piece_bytes: int) -> Iterator[tuple[Piece, int]]:
    try:
        with path.open("rb") as stream:
            head = stream.read(65536)
            start = head.lstrip()
            one_document = start.startswith((b"[", b"{\n", b"{\r"))
            if binary_kind(head) or head.startswith(_NOT_PLAIN) or b"\0" in head[:4] or one_document:
                return
            stream.seek(0)
            begin, before = 0, 0
            while True:
                # As far as a piece goes, and on to the end of its last line.
                lines, end = 0, begin
                while end - begin < piece_bytes and (data := stream.read(min(_CHUNK, piece_bytes))):
                    lines += data.count(b"\n")
                    end += len(data)
                while rest := stream.readline(_CHUNK):
                    end += len(rest)
                    if rest.endswith(b"\n"):
                        lines += 1
                        break
                if end == begin:
                    return
                yield Piece(begin, end, before), end - begin
                begin, before = end, before + lines
    except OSError:
        return
