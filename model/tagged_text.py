"""`TaggedText`: the tagged sentences of one text, which show themselves and turn into tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from conflict_events.articles import TaggedArticle, TaggedSentence
from conflict_events.errors import MissingExtraError

if TYPE_CHECKING:
    import datasets
    import pandas as pd
    import polars as pl
    import pyarrow as pa


class TaggedText(list[TaggedSentence]):
    """A list of tagged sentences that a notebook shows in colour, and that converts to a table.

    `article` is the tagged text as it came from the model, with its furniture; `labels` is the order of the
    model's labels. Tables have a row for each sentence in the list and the columns of the Parquet output.
    """

    def __init__(self, article: TaggedArticle, labels: Sequence[str]) -> None:
        super().__init__(article.sentences)
        self.article = article
        self.labels = tuple(labels)

    def to_html(self) -> str:
        """Return the sentences as an HTML fragment, coloured by label.

        Raises:
            MissingExtraError: Jinja2 is not installed.
        """
        from conflict_events.pages import to_html

        return to_html(self, self.labels)

    def to_arrow(self) -> pa.Table:
        """Return an Arrow table."""
        from conflict_events.frames import to_arrow

        return to_arrow([self._as_listed()], self.labels)

    def to_pandas(self) -> pd.DataFrame:
        """Return a pandas data frame; raise MissingExtraError where pandas is not installed."""
        from conflict_events.frames import to_pandas

        return to_pandas([self._as_listed()], self.labels)

    def to_polars(self) -> pl.DataFrame:
        """Return a polars data frame; raise MissingExtraError where polars is not installed."""
        from conflict_events.frames import to_polars

        return to_polars([self._as_listed()], self.labels)

    def to_dataset(self) -> datasets.Dataset:
        """Return a `datasets.Dataset`; raise MissingExtraError where datasets is not installed."""
        from conflict_events.frames import to_dataset

        return to_dataset([self._as_listed()], self.labels)

    def _repr_html_(self) -> str | None:
        """Return what a notebook shows; without Jinja2 it shows the plain list."""
        try:
            return self.to_html()
        except MissingExtraError:
            return None

    def _as_listed(self) -> TaggedArticle:
        return replace(self.article, sentences=tuple(self))
