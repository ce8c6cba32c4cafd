"""Stand-off labels: what annotators said of a corpus's sentences, without the text, and how to join it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import groupby
from pathlib import Path
from typing import Any

from conflict_events.annotations.corpora import (
    CORPORA,
    Download,
    document_of,
    find_documents,
    find_download,
)
from conflict_events.annotations.spans import HASH_DIGITS, Spans, hash_of, length_of
from conflict_events.errors import DataError
from conflict_events.reading.encoding import SURROGATE

_HASH = re.compile(rf"[0-9a-f]{{{HASH_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class Row:
    """The labels of a sentence that stands elsewhere; its fields are the columns of a stand-off file.

    id: the document's id and the sentence's number; what stands before the first "-" names the corpus.
    begin: where the sentence begins in its document, in characters of the normal form (`Spans`); None where
        it is found by its hash alone.
    length, hash: of the sentence, both of its normal form.
    labels: in the order of the file; none is a judgement, too.
    group, source, date, license: as of an example to train on.
    """

    id: str
    begin: int | None
    length: int
    hash: str
    labels: tuple[str, ...]
    group: str
    source: str
    date: str
    license: str


COLUMNS = tuple(field.name for field in fields(Row))


def read_standoff(path: Path) -> list[Row]:
    """Read a stand-off file: tab-separated, with a header; labels are separated by spaces.

    Raises DataError, naming the file and row (the header is row 1), for what is not so.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read ({error}); get the file of the project anew") from None
    try:
        header, *lines = csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    except (csv.Error, ValueError) as error:  # the latter: not even a header
        raise DataError(
            f"{path}: no file of stand-off labels ({error}); get the project's file anew"
        ) from None
    if tuple(header) != COLUMNS:
        raise DataError(
            f"{path}: no file of stand-off labels: its columns are {', '.join(header) or 'none'}, "
            f"expected {', '.join(COLUMNS)}"
        )
    return [_row(cells, f"{path}, row {number}") for number, cells in enumerate(lines, start=2)]


def join(path: Path, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The sentences of a stand-off file with their text from the downloads below `folder`.

    Yields (place, row), in the file's order: the file and row for messages, and a row as of labelled JSONL.
    A sentence is what has its hash in its document, and nothing else. Raises DataError where a corpus or
    document is missing and where no span has the hash, naming file, row, and what to do.
    """
    rows = read_standoff(path)
    downloads: dict[str, Download] = {}
    texts: dict[int, str] = {}
    places = {index: f"{path}, row {index + 2}" for index in range(len(rows))}
    for (corpus, document), group in groupby(range(len(rows)), key=lambda index: _document(rows[index])):
        if corpus not in downloads:
            downloads[corpus] = find_download(folder, corpus)
        download = downloads[corpus]
        indexes = list(group)
        parts = [indexes] if download.key == "document" else [[index] for index in indexes]
        for part in parts:
            first = rows[part[0]]
            key = {"document": document, "hash": first.hash, "id": first.id}[download.key]
            found = _locate([rows[index] for index in part], download.texts.get(key, ()))
            if isinstance(found, int):
                raise DataError(
                    f"{places[part[found]]}: {_missing(rows[part[found]], corpus, key, download)}"
                )
            texts.update(zip(part, found, strict=True))
    for index, row in enumerate(rows):
        yield (
            places[index],
            {
                "id": row.id,
                "text": texts[index],
                "labels": list(row.labels),
                "group": row.group,
                "source": row.source,
                "date": row.date,
                "license": row.license,
            },
        )


def standoff_of(labelled: Path, folder: Path | None = None) -> str:
    """The stand-off file for labelled JSONL; offsets are noted where `folder` holds the corpus's documents.

    The rows keep their order. Raises DataError for a file that is no labelled JSONL.
    """
    try:
        lines = labelled.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{labelled}: cannot be read ({error}); give labelled rows in UTF-8") from None
    rows, texts = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{labelled}, line {number}: not JSON ({error}); correct the line") from None
        rows.append(_labelled(given, f"{labelled}, line {number}"))
        texts.append(given["text"])
    output = io.StringIO()
    writer = csv.writer(output, delimiter="\t", quoting=csv.QUOTE_NONE, lineterminator="\n", quotechar=None)
    writer.writerow(COLUMNS)
    for row, begin in zip(rows, _begins(rows, folder), strict=True):
        cells = {name: getattr(row, name) for name in COLUMNS}
        writer.writerow((cells | {"begin": begin, "labels": " ".join(row.labels)}).values())
    return output.getvalue()


def _labelled(given: object, place: str) -> Row:
    """The row for a line of labelled JSONL; what the file's form cannot hold is refused, not bent."""
    if not isinstance(given, dict) or not all(isinstance(given.get(name), str) for name in ("id", "text")):
        raise DataError(f'{place}: expected an object with "id", "text" and "labels"; correct the line')
    labels, text = given.get("labels"), given["text"]
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise DataError(f'{place}: "labels" must be a list of names; correct the line')
    if any(label.split() != [label] for label in labels):
        raise DataError(f"{place}: labels are separated by spaces in such a file; rename those with spaces")
    if not length_of(text):
        raise DataError(f"{place}: the sentence is empty; leave the line out")
    told = [str(given.get(name) or "") for name in ("group", "source", "date", "license")]
    if SURROGATE.search("".join((given["id"], *labels, *told))):
        raise DataError(f"{place}: half of a character (a lone surrogate) beside the text; mend it")
    if any(character in cell for cell in (given["id"], *told) for character in "\t\r\n"):
        raise DataError(f"{place}: no tab or line break may stand in the fields beside the text; remove it")
    return Row(given["id"], None, length_of(text), hash_of(text), tuple(labels), *told)


def _begins(rows: Sequence[Row], folder: Path | None) -> list[int | None]:
    begins: list[int | None] = []
    downloads: dict[str, Download | None] = {}
    for (corpus, document), group in groupby(rows, key=_document):
        members = list(group)
        if corpus not in downloads:
            downloads[corpus] = find_documents(folder, corpus) if folder else None
        download = downloads[corpus]
        texts = download.texts.get(document, ()) if download and download.key == "document" else ()
        offsets = (_offsets(members, Spans(text)) for text in texts)
        begins += next((found for found in offsets if len(found) == len(members)), [None] * len(members))
    return begins


def _locate(rows: Sequence[Row], texts: Sequence[str]) -> list[str] | int:
    """The rows' sentences in the first of the texts that holds all, or the number of one that is missing."""
    missing = 0
    for text in texts:
        spans = Spans(text)
        offsets = _offsets(rows, spans)
        if len(offsets) == len(rows):
            return [spans.text(begin, row.length) for begin, row in zip(offsets, rows, strict=True)]
        missing = max(missing, len(offsets))
    return missing


def _offsets(rows: Sequence[Row], spans: Spans) -> list[int]:
    """Where the rows begin, up to the first that is not there."""
    begins: list[int] = []
    after = 0
    for row in rows:
        begin = spans.find(row.length, row.hash, begin=row.begin, after=after)
        if begin is None:
            break
        begins.append(begin)
        after = begin + row.length
    return begins


def _document(row: Row) -> tuple[str, str]:
    return row.id.partition("-")[0], document_of(row.id)


def _missing(row: Row, corpus: str, key: str, download: Download) -> str:
    files = ", ".join(map(str, download.files[:2])) + (", ..." if len(download.files) > 2 else "")
    known = CORPORA.get(corpus)
    remedy = known.remedy if known and download.key != "id" else "give the file that was labelled"
    if key not in download.texts:
        what = {"document": "the document", "hash": "a sentence with its hash", "id": "the row"}[download.key]
        return f"{what} of {row.id} ({key}) is not in {files}; {remedy}"
    return f"no passage of {key} in {files} has the hash of {row.id}: its text is another; {remedy}"


def _row(cells: Sequence[str], place: str) -> Row:
    if len(cells) != len(COLUMNS):
        raise DataError(
            f"{place}: {len(cells)} columns, expected {len(COLUMNS)}; get the project's file anew"
        )
    values: Mapping[str, str] = dict(zip(COLUMNS, cells, strict=True))
    numbers = [values[name] for name in ("begin", "length") if values[name] or name == "length"]
    plain = all(number.isascii() and number.isdigit() and len(number) < 10 for number in numbers)
    if not plain or not int(values["length"]):
        raise DataError(
            f"{place}: begin and length must be numbers of characters; get the project's file anew"
        )
    if not _HASH.fullmatch(values["hash"]):
        raise DataError(f"{place}: {values['hash']!r} is no hash ({HASH_DIGITS} digits 0 to f)")
    return Row(
        id=values["id"],
        begin=int(values["begin"]) if values["begin"] else None,
        length=int(values["length"]),
        hash=values["hash"],
        labels=tuple(values["labels"].split()),
        group=values["group"],
        source=values["source"],
        date=values["date"],
        license=values["license"],
    )
