"""A sentence a row: the columns of CSV files, Parquet files and data frames, written down once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from conflict_events.articles import TaggedArticle, TaggedSentence

if TYPE_CHECKING:
    import pyarrow as pa

_BEFORE_SCORES = (
    "article_id",
    "title",
    "source",
    "date",
    "sentence_index",
    "begin",
    "end",
    "text",
    "labels",
)

# One sentence: what stands in the columns, in their order.
Row = tuple[Any, ...]


def shown_sentences(tagged: TaggedArticle, *, all_sentences: bool) -> Iterator[tuple[int, TaggedSentence]]:
    """Yield the sentences to write, each with its index among all sentences of the article."""
    for index, sentence in enumerate(tagged.sentences):
        if all_sentences or sentence.labels:
            yield index, sentence


def column_names(labels: Sequence[str]) -> list[str]:
    """Return the names of the columns; each of `labels` has one for its score."""
    return [*_BEFORE_SCORES, *(f"score_{label}" for label in labels), "model_version"]


def utf8(text: str) -> bytes:
    """Encode `text`; half a surrogate pair, which has no UTF-8, becomes "?", so that offsets stay right."""
    return text.encode("utf-8", "replace")


def arrow_schema(labels: Sequence[str]) -> pa.Schema:
    """Return the columns with their Arrow types: labels as a list, scores as float32."""
    import pyarrow as pa

    types = {
        **dict.fromkeys(column_names(labels), pa.float32()),
        **dict.fromkeys(("article_id", "title", "source", "date", "text", "model_version"), pa.string()),
        **dict.fromkeys(("sentence_index", "begin", "end"), pa.int32()),
        "labels": pa.list_(pa.string()),
    }
    return pa.schema([(name, types[name]) for name in column_names(labels)])


def arrow_rows(tagged: TaggedArticle, labels: Sequence[str], *, all_sentences: bool) -> Iterator[Row]:
    """Yield an article's rows, fit for the columns of `arrow_schema`."""
    article = tagged.article
    known = [_encodable(value) for value in (article.id, article.title, article.source, article.date)]
    for index, sentence in shown_sentences(tagged, all_sentences=all_sentences):
        yield (
            *known,
            index,
            sentence.begin,
            sentence.end,
            _encodable(sentence.text),
            list(sentence.labels),
            *(float(sentence.scores[label]) for label in labels),
            tagged.model_version,
        )


def arrow_table(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    """Put rows into a table."""
    import pyarrow as pa

    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _encodable(text: str) -> str:
    return utf8(text).decode("utf-8")
