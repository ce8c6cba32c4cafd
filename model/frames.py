"""Tagged articles as tables in memory: Arrow, pandas, polars and `datasets`; a sentence a row.

The columns are those of the Parquet output (`conflict_events.output.columns`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from conflict_events.articles import TaggedArticle
from conflict_events.errors import MissingExtraError
from conflict_events.output.columns import Row, arrow_rows, arrow_schema, arrow_table

if TYPE_CHECKING:
    import datasets
    import pandas as pd
    import polars as pl
    import pyarrow as pa

_EXTRA = "frames"


def to_arrow(
    articles: Iterable[TaggedArticle], labels: Sequence[str] | None = None, *, all_sentences: bool = True
) -> pa.Table:
    """Return an Arrow table of tagged articles, a sentence a row.

    `articles` is read to its end and its sentences are held in memory; for more than that, write Parquet.
    `labels` gives the score columns and their order, by default those of the first sentence's scores: name
    them (`tagger.labels`) where there may be no sentence at all. Without `all_sentences` only sentences that
    carry a label are taken.
    """
    rows: list[Row] = []
    for tagged in articles:
        if labels is None and tagged.sentences:
            labels = tuple(tagged.sentences[0].scores)
        rows.extend(arrow_rows(tagged, labels or (), all_sentences=all_sentences))
    return arrow_table(rows, arrow_schema(labels or ()))


def to_pandas(
    articles: Iterable[TaggedArticle], labels: Sequence[str] | None = None, *, all_sentences: bool = True
) -> pd.DataFrame:
    """Return what `to_arrow` does as a pandas data frame; a cell of `labels` holds an array of names.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    if find_spec("pandas") is None:
        raise MissingExtraError("A pandas data frame", _EXTRA)
    frame: pd.DataFrame = to_arrow(articles, labels, all_sentences=all_sentences).to_pandas()
    return frame


def to_polars(
    articles: Iterable[TaggedArticle], labels: Sequence[str] | None = None, *, all_sentences: bool = True
) -> pl.DataFrame:
    """Return what `to_arrow` does as a polars data frame.

    Raises:
        MissingExtraError: polars is not installed.
    """
    if find_spec("polars") is None:
        raise MissingExtraError("A polars data frame", _EXTRA)
    import polars as pl

    return pl.DataFrame(to_arrow(articles, labels, all_sentences=all_sentences))


def to_dataset(
    articles: Iterable[TaggedArticle], labels: Sequence[str] | None = None, *, all_sentences: bool = True
) -> datasets.Dataset:
    """Return what `to_arrow` does as a `datasets.Dataset`.

    Raises:
        MissingExtraError: datasets is not installed.
    """
    if find_spec("datasets") is None:
        raise MissingExtraError("A datasets.Dataset", _EXTRA)
    import datasets

    return datasets.Dataset(to_arrow(articles, labels, all_sentences=all_sentences))
