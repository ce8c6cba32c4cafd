"""Rows of Parquet files in bounded memory: few at a time, and of those that are large fewer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .streams import LONGEST, Piece

if TYPE_CHECKING:
    from pyarrow import Array, RecordBatch
    from pyarrow.parquet import ParquetFile

# A value that a file holds once, in its dictionary, may come again in each row: Arrow unpacks that many.
_MOST_ROWS = 16


def read_rows(
    file: ParquetFile,
    path: str,
    names: Sequence[str] | None = None,
    piece: Piece | None = None,
    *,
    most_rows: int = _MOST_ROWS,
) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    """Yield each row's number and values, or why it is passed over: it is longer than `LONGEST`.

    Of the columns `names` alone are read, and of a `piece` its row groups. At most `most_rows` are unpacked
    at a time, beside what Arrow holds of their row group.
    """
    number = piece.before if piece else 0
    groups = range(piece.begin, piece.end) if piece else range(file.num_row_groups)
    for group in groups:
        metadata = file.metadata.row_group(group)
        average = max(1, metadata.total_byte_size // max(1, metadata.num_rows))
        rows = max(1, min(most_rows, LONGEST // average))
        for batch in file.iter_batches(batch_size=rows, columns=names, row_groups=[group]):
            for small in _parts(_plain(batch)):
                for row in _rows_of(small):
                    number += 1
                    yield number, row or _too_long(path, number)


def _parts(batch: RecordBatch) -> Iterator[RecordBatch]:
    """Cut a batch into parts that are no longer than `LONGEST`, or a row."""
    if batch.num_rows <= 1 or batch.nbytes <= LONGEST:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _parts(batch.slice(0, half))
    yield from _parts(batch.slice(half))


def _plain(batch: RecordBatch) -> RecordBatch:
    """Give each row its own bytes, instead of a place in some that it shares with other rows."""
    import pyarrow

    columns = [_plain_column(column) for column in batch.columns]
    return pyarrow.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _plain_column(column: Array) -> Array:
    import pyarrow

    if pyarrow.types.is_dictionary(column.type):
        return column.dictionary_decode()
    shared = {"string_view": pyarrow.string(), "binary_view": pyarrow.binary()}
    return column.cast(shared[str(column.type)]) if str(column.type) in shared else column


def _rows_of(batch: RecordBatch) -> Iterator[dict[str, Any] | None]:
    """A batch's rows, None in the place of one that is too long.

    Times are text and strings not in UTF-8 are bytes, as Python's types refuse some.
    """
    import pyarrow

    if batch.nbytes > LONGEST:
        yield None
        return
    columns = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pyarrow.types.is_timestamp(column.type):
            column = column.cast(pyarrow.timestamp("s"), safe=False).cast(pyarrow.string())
        try:
            columns[name] = column.to_pylist()
        except UnicodeDecodeError:
            columns[name] = column.cast(pyarrow.binary()).to_pylist()
        except (OverflowError, ValueError):  # a date or duration beyond what Python's hold
            columns[name] = column.cast(pyarrow.string()).to_pylist()
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))


def _too_long(path: str, number: int) -> InputError:
    problem = f"the row is longer than the {LONGEST // 2**20} MB that one may have: split it"
    return InputError(problem, path=path, line=number)
