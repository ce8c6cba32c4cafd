"""One article a row: JSON lines and Parquet. Readers yield articles, and errors in their place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import Any

from ..articles import Article
from ..errors import InputError
from .arrow_rows import read_rows
from .encoding import binary_kind, decode, mend
from .remote import is_remote, open_remote
from .streams import Piece, open_bytes, read_lines


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
                yield missing_column(path, columns.text, names)
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


def missing_column(path: str, text: str, names: list[str]) -> InputError:
    """What to say of a table without the column that should hold the text."""
    present = ", ".join(repr(name) for name in names) or "none"
    remedy = "say which holds the text (--text-column)"
    return InputError(f"there is no column {text!r}; the columns are {present}: {remedy}", path=path)


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")
