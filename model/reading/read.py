"""`read_articles`: paths in, a stream of articles out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ..articles import Article
from ..errors import InputError
from .csv_records import read_csv
from .documents import read_html, read_markdown, read_text
from .files import ArticleFile, all_formats, find_files
from .records import Columns, read_jsonl, read_parquet
from .remote import is_remote
from .sidecar import Sidecars
from .streams import STDIN, damage, damage_errors

_ALIASES = {"txt": "text", "md": "markdown", "htm": "html", "ndjson": "jsonl"}
_DOCUMENTS = {"text": read_text, "markdown": read_markdown, "html": read_html}


_USUAL = Columns()


def read_articles(
    paths: str | Path | Sequence[str | Path],
    *,
    format: str | None = None,
    columns: Columns = _USUAL,
    on_error: Callable[[InputError], None] | None = None,
) -> Iterator[Article]:
    """Stream the articles of files, folders, globs and standard input ("-"), in a fixed order.

    A .txt, .md or .html file is one article, with its path (relative to the folder or to the fixed part of
    the glob given, without suffix) as id. A row of a .jsonl, .csv, .tsv or .parquet file is one article;
    without an id of its own it gets "<path>:<line or row>". Where files would share an id, it has the suffix,
    and over several paths given it is the whole path. Folders are read to their depths; hidden files, and
    without `format` those of other formats, are passed over. `metadata.jsonl` or `metadata.csv` with a
    `file_name` column gives id, title, source and date to the files beside it. Files may be compressed (gzip,
    bzip2, xz, zstd). No more than one line, document or row, or some rows of Parquet, is in memory at a time.

    Args:
        paths: one path or several.
        format: read every file as text, markdown, html, jsonl, csv, tsv or parquet, whatever its name;
            standard input is text unless told otherwise.
        columns: the names of the columns that hold an article's parts.
        on_error: called with each error, after which reading goes on; without it the first error is raised.

    Raises:
        InputError: something cannot be read (at once where `on_error` is None), or `format` is unknown.
    """
    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    return _stream([str(path) for path in given], known_format(format), columns, on_error)


def known_format(format: str | None) -> str | None:
    """The name of a format as it is used here ("markdown" for "md"); InputError if it is unknown."""
    if format is None:
        return None
    name = _ALIASES.get(format.lower(), format.lower())
    if name not in all_formats():
        raise InputError(f"unknown format {name!r}: choose one of {', '.join(all_formats())}")
    return name


def _stream(
    paths: Sequence[str], format: str | None, columns: Columns, on_error: Callable[[InputError], None] | None
) -> Iterator[Article]:
    for item in _items(paths, format, columns):
        if isinstance(item, Article):
            yield item
        elif on_error is None:
            raise item
        else:
            on_error(item)


def _items(paths: Sequence[str], format: str | None, columns: Columns) -> Iterator[Article | InputError]:
    sidecars = Sidecars(columns)
    nothing = True
    for file in find_files(paths, format):
        if isinstance(file, InputError):
            nothing = False
            yield file
            continue
        alone = file.path == STDIN or is_remote(file.path)
        passed_over = not alone and sidecars.is_sidecar(file.path)
        metadata = {} if alone or passed_over else sidecars.of(file.path, file.root)
        yield from sidecars.errors()
        if passed_over:
            continue
        nothing = False
        for item in read_file(file, columns):
            yield replace(item, **metadata) if metadata and isinstance(item, Article) else item
    if nothing:
        yield InputError("there is nothing to read: give files of articles", path=", ".join(paths) or None)


def read_file(file: ArticleFile, columns: Columns) -> Iterator[Article | InputError]:
    """The articles of one file, or of a piece of it, and errors in the place of what cannot be read."""
    try:
        if file.format in _DOCUMENTS:
            document = _DOCUMENTS[file.format](file.path)
            yield Article(file.id, document.text, document.title, document.source, document.date)
        elif file.format == "jsonl":
            yield from read_jsonl(file.path, file.id, columns, file.piece)
        elif file.format in ("csv", "tsv"):
            yield from read_csv(file.path, file.id, columns, "\t" if file.format == "tsv" else None)
        elif file.path == STDIN:
            yield InputError("Parquet cannot be read from standard input: give a file", path=STDIN)
        else:
            yield from read_parquet(file.path, file.id, columns, file.piece)
    except InputError as error:
        yield error
    except damage_errors() as error:
        yield damage(error, file.path)
