"""One article a row of CSV or TSV. The reader yields articles, and errors in the place of broken rows."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from ..articles import Article
from ..errors import InputError
from .encoding import binary_kind, decode
from .records import Columns, missing_column, to_article
from .streams import LONGEST, open_bytes, read_lines

# Each line of a row that is kept takes some dozen bytes beside its text.
_MOST_LINES = 2**18
_LONE_RETURN = re.compile(r"(?<=\r)(?!\n)(?=.)", re.DOTALL)


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
            yield missing_column(path, columns.text, names)
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

    Of a row that grows beyond `LONGEST`, or into very many lines, no more is given, which `csv.reader` takes
    for the end of the file within quotes.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._number = 2
        self._row: list[str] = []
        self._row_size = 0
        self._again: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.is_full:
            raise StopIteration
        line = self._again.popleft() if self._again else next(self._lines)
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
        """Give the lines of a broken row once more, but its first; or the number of them that are lost.

        They are given if each is a row of its own, so that none can be the broken row's text. So each will
        end a row when it comes again, and no line comes a third time.
        """
        taken = self._row[1:]
        if not all(map(is_row, taken)):
            return len(taken)
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
