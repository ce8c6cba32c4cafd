"""What `conflict-events tag` wrote, read back: articles with the sentences that stand in the file."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conflict_events.articles import TaggedSentence
from conflict_events.errors import InputError
from conflict_events.reading.arrow_rows import read_rows
from conflict_events.reading.streams import LONGEST, damage, damage_errors, open_bytes, read_lines

if TYPE_CHECKING:
    import io

# Id, title, outlet and date of an article.
Known = tuple[str, str, str, str]
_SCORE = "score_"
_COMPRESSED = (".gz", ".zst")
_FORMULA_STARTS = ("'=", "'+", "'-", "'@", "'\t", "'\r", "'\n", "'＝", "'＋", "'－", "'＠")
_COLUMNS = ("article_id", "title", "source", "date", "sentence_index", "begin", "end", "text", "labels")
_ROWS_A_BATCH = 1024
# A line of JSONL has an article's text twice, and offsets and scores beside it.
_LONGEST_LINE = 8 * LONGEST
_YEARS = range(1800, 2200)


@dataclass(frozen=True, slots=True)
class EventArticle:
    """An article as an events file tells of it: with all sentences, or with those that report an event."""

    id: str
    title: str
    source: str
    date: date | None
    sentences: tuple[TaggedSentence, ...]

    @property
    def events(self) -> tuple[TaggedSentence, ...]:
        """The sentences that carry a label."""
        return tuple(sentence for sentence in self.sentences if sentence.labels)


def read_events(paths: Sequence[str | Path]) -> Iterator[EventArticle]:
    """Yield the articles of .parquet, .jsonl and .csv files that `conflict-events tag` wrote, one at a time.

    JSONL and CSV may be compressed. Dates count where they begin as in ISO 8601 (2016-06-05). Raises
    InputError, naming file and row, for a file that is missing or is no such output.
    """
    for path in map(Path, paths):
        if not path.is_file():
            raise InputError("is not a file; name one that `conflict-events tag` wrote", path=path)
        suffix = path.with_suffix("" if path.suffix.lower() in _COMPRESSED else path.suffix).suffix.lower()
        try:
            if suffix in (".jsonl", ".ndjson"):
                yield from _jsonl_articles(path)
            elif suffix == ".csv":
                yield from _row_articles(_csv_rows(path), path)
            elif suffix in (".parquet", ".pq"):
                yield from _row_articles(_parquet_rows(path), path)
            else:
                raise InputError("is no events file: .parquet, .jsonl or .csv", path=path)
        except damage_errors() as error:
            raise damage(error, str(path)) from error


def parse_date(text: str) -> date | None:
    """Return the day that an ISO 8601 date or time begins with; None for anything else.

    Years that no news has, such as that of 0001-01-01, stand for a date that is not known.
    """
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def _jsonl_articles(path: Path) -> Iterator[EventArticle]:
    with open_bytes(str(path)) as stream:
        for number, line in read_lines(stream, str(path), longest=_LONGEST_LINE):
            if isinstance(line, InputError):
                raise line
            try:
                record = json.loads(line)
                known = _known(record, "id")
                sentences = tuple(_sentence(item, item["scores"]) for item in record["sentences"])
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise _malformed(path, number, error) from error
            yield _article(known, sentences)


def _csv_rows(path: Path) -> Iterator[dict[str, Any]]:
    # As in reading/records.py: the module's own limit is shorter than some sentences; the setting is global.
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST))
    with open_bytes(str(path)) as stream:
        reader = csv.DictReader(_text_lines(stream, path), restkey="surplus", restval="")
        try:
            _check_columns(reader.fieldnames or (), path)
            for row in reader:
                plain = {name: value[value[:2] in _FORMULA_STARTS :] for name, value in row.items()}
                yield {**plain, "labels": [label for label in plain["labels"].split("|") if label]}
        except (csv.Error, UnicodeDecodeError) as error:
            raise _malformed(path, reader.line_num + 1, error) from error


def _text_lines(stream: io.BufferedReader, path: Path) -> Iterator[str]:
    for _, line in read_lines(stream, str(path)):
        if isinstance(line, InputError):
            raise line
        yield line.decode("utf-8")


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        _check_columns(file.schema_arrow.names, path)
        for _, row in read_rows(file, str(path), most_rows=_ROWS_A_BATCH):
            if isinstance(row, InputError):
                raise row
            yield row
    except pa.ArrowException as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"is no sound Parquet file ({reason}): write it again", path=path) from error


def _row_articles(rows: Iterable[Mapping[str, Any]], path: Path) -> Iterator[EventArticle]:
    """Join rows that follow each other into articles: the same id, and sentences that go on."""
    known: Known | None = None
    sentences: list[TaggedSentence] = []
    last_index = -1
    for number, row in enumerate(rows, start=1):
        try:
            index = int(row["sentence_index"])
            own = _known(row, "article_id")
            scores = {name[len(_SCORE) :]: float(row[name]) for name in row if name.startswith(_SCORE)}
            sentence = _sentence(row, scores)
        except (ValueError, KeyError, TypeError) as error:
            raise _malformed(path, number, error) from error
        if known is not None and (own != known or index <= last_index):
            yield _article(known, sentences)
            sentences = []
        known, last_index = own, index
        sentences.append(sentence)
    if known is not None:
        yield _article(known, sentences)


def _known(row: Mapping[str, Any], id_name: str) -> Known:
    """The article's id, title, outlet and date; a table that went through other programs may lack a value."""
    texts = [row[name] if row[name] is not None else "" for name in (id_name, "title", "source", "date")]
    for name, text in zip((id_name, "title", "source", "date"), texts, strict=True):
        if not isinstance(text, str):
            raise TypeError(f"{name} is no text")
    id, title, source, day = texts
    return id, title, source, day


def _article(known: Known, sentences: Sequence[TaggedSentence]) -> EventArticle:
    id, title, source, day = known
    return EventArticle(id, title, source, parse_date(day), tuple(sentences))


def _sentence(row: Mapping[str, Any], scores: Mapping[str, float]) -> TaggedSentence:
    text, labels = row["text"], tuple(row["labels"])
    if not isinstance(text, str):
        raise TypeError("text is no text")
    sound = {label: float(score) for label, score in scores.items()}
    if not all(0 <= score <= 1 for score in sound.values()):
        raise ValueError("a score is not between 0 and 1")
    for label in labels:
        if label not in sound:
            raise ValueError(f"the label {label!r} has no score")
    return TaggedSentence(text, int(row["begin"]), int(row["end"]), labels, sound)


def _check_columns(names: Iterable[str], path: Path) -> None:
    missing = [name for name in _COLUMNS if name not in set(names)]
    if missing:
        raise InputError(
            f"has no column {', '.join(missing)}: it is no output of `conflict-events tag`", path=path
        )


def _malformed(path: Path, number: int, error: Exception) -> InputError:
    reason = f"no field {error}" if isinstance(error, KeyError) else str(error)
    return InputError(f"is no line that `conflict-events tag` writes ({reason})", path=path, line=number)
