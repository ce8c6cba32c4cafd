"""One article a row: JSON lines, CSV and TSV, Parquet. Readers yield articles, and errors in their place."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from ..articles import Article
from ..errors import InputError
from .arrow_rows import read_rows
from .encoding import binary_kind, decode, mend
from .remote import is_remote, open_remote
from .streams import LONGEST, Piece, open_bytes, read_lines

# How often, over a whole file, what broken rows of CSV have taken may be read again.
_TIMES_AGAIN = 4
# Each line of a row that is kept takes some dozen bytes beside its text.
_MOST_LINES = 2**18
_LONE_RETURN = re.compile(r"(?<=\r)(?!\n)(?=.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Columns:
    """The names under which rows (and JSON objects) hold an article's parts; only `text` must be there."""

    id: str = "id"
    text: str = "text"
    title: str = "title"
    source: str = "source"
    date: str = "date"


def read_jsonl(
    path: str, stem: str, columns: Columns, piece: Piece | None = None
) -> Iterator[Article | InputError]:
    """Articles of a file of JSON lines, or of a piece of it, one object a line; blank ones are skipped."""
    for number, value in read_objects(path, piece):
        yield value if isinstance(value, InputError) else to_article(value, path, number, stem, columns)


def read_objects(path: str, piece: Piece | None = None) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    """The JSON objects of a file with their line numbers, errors in the place of those that are broken."""
    before = piece.before if piece else 0
    with open_bytes(path, piece) as stream:
        if kind := binary_kind(stream.peek(65536)):
            yield 0, InputError(f"is {kind}, not JSON lines: give it in its own format", path=path)
            return
        empty = True
        for number, line in read_lines(stream, path, before):
            if isinstance(line, InputError):
                empty = False
                yield number, line
            elif line := line.strip():
                if empty and not before and (line in (b"[", b"{") or line.startswith(b"[{")):
                    yield (
                        number,
                        InputError(
                            "is one JSON document, not one object a line: convert it, for example with jq -c"
                            " '.[]'",
                            path=path,
                        ),
                    )
                    return
                empty = False
                yield number, _parse(decode(line), path, number)
    if empty and not before:
        yield 0, InputError("is empty: remove it, or fill it", path=path)


def _parse(line: str, path: str, number: int) -> dict[str, Any] | InputError:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        problem = f"broken JSON ({error.msg} at character {error.pos + 1}): mend or remove the line"
        return InputError(problem, path=path, line=number)
    except RecursionError:
        return InputError("JSON nested too deeply: flatten or remove the line", path=path, line=number)
    except ValueError:
        # Python refuses to read integers of more than some thousand digits.
        return InputError(
            "a number with too many digits: quote it or remove the line", path=path, line=number
        )
    if isinstance(value, dict):
        return value
    return InputError(
        f"{_kind(value)} where a JSON object is needed: mend or remove the line", path=path, line=number
    )


def read_csv(path: str, stem: str, columns: Columns, delimiter: str | None) -> Iterator[Article | InputError]:
    """Articles of a CSV file with a header line; without `delimiter` it is found in the header."""
    # The module's own limit of 131,072 characters a field is shorter than some articles; the setting is
    # global.
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST))
    overlong: list[InputError] = []
    with open_bytes(path) as stream:
        if kind := binary_kind(stream.peek(65536)):
            yield InputError(f"is {kind}, not CSV: give it in its own format", path=path)
            return
        lines = _csv_lines(stream, path, overlong)
        header = next(lines, None)
        if header is None or overlong:
            yield from overlong or [InputError("is empty: remove it, or fill it", path=path)]
            return
        delimiter = delimiter or _delimiter(header, columns.text)
        names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]
        if columns.text not in names:
            yield _missing_column(path, columns.text, names)
            return

        def is_row(line: str) -> bool:
            return _is_row(line, names, columns.id, delimiter)

        # Strict, because an open quote would otherwise swallow the rest of the file without a word.
        source = _RowLines(lines)
        rows = csv.reader(source, delimiter=delimiter, strict=True)
        empty = True
        while True:
            number = source.begin_row()
            try:
                row = next(rows, None)
            except csv.Error as error:
                reason = f"no end of it within {LONGEST // 2**20} MB" if source.is_full else error
                lost = source.give_again(is_row)
                swallowed = f"; lines after it that were taken for its text: {lost:,}" if lost else ""
                problem = f"broken CSV ({reason}): check its quotes{swallowed}"
                yield InputError(problem, path=path, line=number)
                empty = False
                continue
            empty = empty and not row and not overlong
            yield from overlong
            overlong.clear()
            if row is None:
                if empty:
                    yield InputError("has no rows: remove it, or fill it", path=path)
                return
            if any(row[len(names) :]):
                problem = (
                    f"{len(row)} fields, but {len(names)} in the header: quote fields that hold {delimiter!r}"
                )
                yield InputError(problem, path=path, line=number)
            elif row:
                yield to_article(dict(zip(names, row, strict=False)), path, number, stem, columns)


class _RowLines:
    """The lines below the header for `csv.reader`, kept for as long as their row lasts.

    The lines after the first of a row that is broken are given again where each is a row of its own, so that
    they cannot be the broken row's text. Of a row that
    grows beyond `LONGEST`, or into very many lines, no more is given, which `csv.reader` takes for the end of
    the file within quotes.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._number = 2
        self._row: list[str] = []
        self._row_size = 0
        self._again: deque[str] = deque()
        self._read = 0
        self._given_again = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.is_full:
            raise StopIteration
        if self._again:
            line = self._again.popleft()
        else:
            line = next(self._lines)
            self._read += len(line)
        self._row.append(line)
        self._row_size += len(line)
        self._number += 1
        return line

    @property
    def is_full(self) -> bool:
        """Whether the row is as long as one may be."""
        return self._row_size > LONGEST or len(self._row) > _MOST_LINES

    def begin_row(self) -> int:
        """Forget the row before; the number of the next line."""
        self._row.clear()
        self._row_size = 0
        return self._number

    def give_again(self, is_row: Callable[[str], bool]) -> int:
        """Go back to behind the row's first line; otherwise the number of lines that are lost with it.

        Quotes set with malice would have the whole file read again from each of its lines. So no more is
        given again than some times what was read.
        """
        taken = self._row[1:]
        size = self._row_size - len(self._row[0])
        if self._given_again + size > _TIMES_AGAIN * self._read or not all(map(is_row, taken)):
            return len(taken)
        self._given_again += size
        self._number -= len(taken)
        self._again.extendleft(reversed(taken))
        return 0


def _is_row(line: str, names: Sequence[str], id_name: str, delimiter: str) -> bool:
    """Whether a line is beyond doubt a row, and not a line of prose with as many commas.

    It has as many fields as the header, and what stands for its id is one word; without ids, three fields.
    """
    try:
        row = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return False
    if len(row) != len(names):
        return False
    return len(row[names.index(id_name)].split()) == 1 if id_name in names else len(row) > 2


def _csv_lines(stream: io.BufferedReader, path: str, overlong: list[InputError]) -> Iterator[str]:
    for _, line in read_lines(stream, path):
        if isinstance(line, InputError):
            overlong.append(line)
            # An empty line keeps the reader's count right.
            yield "\n"
        else:
            # A carriage return alone ends lines in old files of spreadsheets.
            yield from _LONE_RETURN.split(decode(line).replace("\x00", ""))


def _delimiter(header: str, text: str) -> str:
    for delimiter in ",;\t|":
        if text in (name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])):
            return delimiter
    return max(",;\t|", key=header.count)


def read_parquet(
    path: str, stem: str, columns: Columns, piece: Piece | None = None
) -> Iterator[Article | InputError]:
    """Articles of a Parquet file, or of a piece of it, read some rows at a time; errors name the row."""
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(open_remote(path) if is_remote(path) else path) as file:
            names = file.schema_arrow.names
            if columns.text not in names:
                yield _missing_column(path, columns.text, names)
                return
            wanted = [name for name in astuple(columns) if name in names]
            number = piece.before if piece else 0
            for number, row in read_rows(file, path, wanted, piece):
                yield row if isinstance(row, InputError) else to_article(row, path, number, stem, columns)
            if number == 0:
                yield InputError("has no rows: remove it, or fill it", path=path)
    except (pyarrow.ArrowException, UnicodeDecodeError) as error:  # the latter: names that are not UTF-8
        reason = str(error).partition("\n")[0]
        yield InputError(f"is no sound Parquet file ({reason}): get a fresh copy", path=path)


def to_article(
    row: Mapping[str, Any], path: str, number: int, stem: str, columns: Columns
) -> Article | InputError:
    """The article of a row; without an id it gets "<stem>:<number>"."""
    text = row.get(columns.text)
    if isinstance(text, bytes):
        text = decode(text)
    if text is None:
        names = ", ".join(repr(name) for name, value in row.items() if name is not None and value is not None)
        problem = (
            f"has no text under {columns.text!r} (it has {names or 'nothing'}): add it, or name its column"
        )
        return InputError(problem, path=path, line=number)
    if not isinstance(text, str):
        problem = f"{columns.text!r} holds {_kind(text)} where a string is needed"
        return InputError(f"{problem}: mend it, or name another column", path=path, line=number)
    text = mend(text)
    if not text.strip():
        return InputError(
            f"the text under {columns.text!r} is empty: add it, or remove the row", path=path, line=number
        )
    return Article(
        id=known(row.get(columns.id)) or f"{stem}:{number}",
        text=text,
        title=known(row.get(columns.title)),
        source=known(row.get(columns.source)),
        date=known(row.get(columns.date)),
    )


def known(value: Any) -> str:
    """A row's value as text: numbers and dates as they are written, nothing as an empty string."""
    if value is None or value != value:  # NaN is how tables write nothing
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # tables write integers so where a column has gaps
    if isinstance(value, bytes):
        value = decode(value)
    if isinstance(value, (dict, list)):
        try:
            value = json.dumps(value, ensure_ascii=False, default=str)
        except RecursionError:  # it was just not too deep to be read
            return ""
    return mend(str(value)).strip().removesuffix(" 00:00:00")


def _missing_column(path: str, text: str, names: list[str]) -> InputError:
    present = ", ".join(repr(name) for name in names) or "none"
    remedy = "say which holds the text (--text-column)"
    return InputError(f"there is no column {text!r}; the columns are {present}: {remedy}", path=path)


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")
