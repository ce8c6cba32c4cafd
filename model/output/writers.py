"""The file formats of tagged articles: JSONL (an article a line), CSV and Parquet (a sentence a row)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import BinaryIO, Protocol

from conflict_events.articles import TaggedArticle
from conflict_events.output.columns import (
    Row,
    arrow_rows,
    arrow_schema,
    arrow_table,
    column_names,
    shown_sentences,
    utf8,
)

# What spreadsheets take for the start of a formula (OWASP, "CSV Injection"), with the full-width forms that
# some of them treat alike, also behind spaces and quotes, which some of them strip. Where a list separator is
# a semicolon, as in much of Europe, a cell begins behind each; so does one behind a tab or a line break.
_FORMULA = re.compile("^(?=[\t\r\n])|(?:^|(?<=[;\t\r\n]))(?=[ \u00a0\u200b\ufeff\"'“”„«]*[=+\\-@＝＋－＠])")
_ROWS_A_GROUP = 8192


def _cell(value: str) -> str:
    """Make a text cell safe to open in a spreadsheet."""
    value = value.replace("\0", "\N{REPLACEMENT CHARACTER}")  # which csv refuses before Python 3.11
    return _FORMULA.sub("'", value)


class ArticleWriter(Protocol):
    """Takes tagged articles one by one; without a `close` at the end, what was written is not complete."""

    def write(self, tagged: TaggedArticle) -> None:
        """Write one article."""

    def close(self) -> None:
        """Write what is still held back, and what ends the format; the stream stays open."""


class JsonlWriter:
    """An article a line, with its text, sentences (labels, scores) and furniture, in UTF-8.

    An article stands there even when none of its sentences does, so that every input is accounted for.
    Scores have four decimals.
    """

    def __init__(self, stream: BinaryIO, labels: Sequence[str], *, all_sentences: bool) -> None:
        self._stream = stream
        self._labels = labels
        self._all_sentences = all_sentences

    def write(self, tagged: TaggedArticle) -> None:
        """Write one article."""
        article = tagged.article
        record = {
            "id": article.id,
            "title": article.title,
            "source": article.source,
            "date": article.date,
            "text": article.text,
            "model_version": tagged.model_version,
            "sentences": [
                {
                    "index": index,
                    "begin": sentence.begin,
                    "end": sentence.end,
                    "text": sentence.text,
                    "labels": sentence.labels,
                    "scores": {label: round(float(sentence.scores[label]), 4) for label in self._labels},
                }
                for index, sentence in shown_sentences(tagged, all_sentences=self._all_sentences)
            ],
            "furniture": [
                {"begin": piece.begin, "end": piece.end, "reason": piece.reason} for piece in tagged.furniture
            ],
        }
        self._stream.write(utf8(json.dumps(record, ensure_ascii=False) + "\n"))

    def close(self) -> None:
        """Do nothing: every line is complete."""


class CsvWriter:
    r"""A sentence a row, in UTF-8 with a header and "\n" line ends; several labels are joined by "|".

    Safe to open in a spreadsheet: what would run as a formula gets an apostrophe before it, which the
    spreadsheet takes for "this is text": at the start of a cell, and within one behind a semicolon, tab or
    line break. Offsets refer to the text without it. Scores have four decimals.
    """

    def __init__(self, stream: BinaryIO, labels: Sequence[str], *, all_sentences: bool) -> None:
        self._stream = stream
        self._labels = labels
        self._all_sentences = all_sentences
        self._buffer = io.StringIO(newline="")
        self._csv = csv.writer(self._buffer, lineterminator="\n")
        self._csv.writerow([_cell(name) for name in column_names(labels)])
        self._flush()

    def write(self, tagged: TaggedArticle) -> None:
        """Write one article's sentences."""
        article = tagged.article
        known = [_cell(value) for value in (article.id, article.title, article.source, article.date)]
        for index, sentence in shown_sentences(tagged, all_sentences=self._all_sentences):
            self._csv.writerow(
                [
                    *known,
                    index,
                    sentence.begin,
                    sentence.end,
                    _cell(sentence.text),
                    _cell("|".join(sentence.labels)),
                    *(f"{sentence.scores[label]:.4f}" for label in self._labels),
                    tagged.model_version,
                ]
            )
        self._flush()

    def close(self) -> None:
        """Do nothing: every row is complete."""

    def _flush(self) -> None:
        self._stream.write(utf8(self._buffer.getvalue()))
        self._buffer.seek(0)
        self._buffer.truncate()


class ParquetWriter:
    """A sentence a row: labels as a list, scores as float32 to their full precision."""

    def __init__(self, stream: BinaryIO, labels: Sequence[str], *, all_sentences: bool) -> None:
        import pyarrow.parquet as pq

        self._labels = labels
        self._all_sentences = all_sentences
        self._schema = arrow_schema(labels)
        self._parquet = pq.ParquetWriter(stream, self._schema, compression="zstd")
        self._rows: list[Row] = []

    def write(self, tagged: TaggedArticle) -> None:
        """Take one article's sentences; rows are written a group at a time."""
        self._rows.extend(arrow_rows(tagged, self._labels, all_sentences=self._all_sentences))
        if len(self._rows) >= _ROWS_A_GROUP:
            self._write_group()

    def close(self) -> None:
        """Write the last group and the footer."""
        self._write_group()
        self._parquet.close()

    def __del__(self) -> None:
        """Keep pyarrow from writing a footer under an unfinished file when its object goes."""
        if hasattr(self, "_parquet"):
            self._parquet.is_open = False

    def _write_group(self) -> None:
        if self._rows:
            self._parquet.write_table(arrow_table(self._rows, self._schema))
            self._rows.clear()
