"""The article page: every article with its tagged sentences, in one HTML file that needs nothing else.

The page's script shows one article at a time. Each article is a line of JSON in a script element of its own,
so that writing holds one article in memory and the browser reads only what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from conflict_events.articles import Furniture, TaggedArticle, TaggedSentence
from conflict_events.pages.label_styles import label_styles
from conflict_events.pages.templates import render, script_json
from conflict_events.pages.whole_file import whole_file

# Where the articles go in the rendered page; no value can forge it, for "<" in values is escaped.
_ARTICLES_HERE = "<!-- articles -->"

# What the page's script gets for a piece of an article: bare text between sentences; a sentence with the
# numbers of its labels and its scores; furniture with the reason why it is kept out.
_Part = str | tuple[str, list[int], list[float]] | tuple[str, str]


def write_page(
    articles: Iterable[TaggedArticle],
    destination: str | Path | BinaryIO,
    labels: Sequence[str],
    *,
    thresholds: Mapping[str, float] | None = None,
    all_sentences: bool = True,
) -> None:
    """Write the page of `articles` to a path, where it appears when complete, or to a binary stream."""
    if isinstance(destination, (str, Path)):
        with whole_file(destination) as stream:
            write_page(articles, stream, labels, thresholds=thresholds, all_sentences=all_sentences)
        return
    writer = HtmlWriter(destination, labels, all_sentences=all_sentences, thresholds=thresholds)
    for tagged in articles:
        writer.write(tagged)
    writer.close()


class HtmlWriter:
    """Writes the page article by article; an `ArticleWriter` like those of the other formats.

    Articles are shown whole. Without `all_sentences`, the scores of sentences that carry no label are left
    out. Scores have three decimals. `thresholds` are shown in the page's help where given.
    """

    def __init__(
        self,
        stream: BinaryIO,
        labels: Sequence[str],
        *,
        all_sentences: bool,
        thresholds: Mapping[str, float] | None = None,
    ) -> None:
        self._stream = stream
        self._labels = tuple(labels)
        self._all_sentences = all_sentences
        self._model_version = ""
        page = render(
            "article_page.html",
            {"labels": label_styles(labels), "thresholds": thresholds or {}},
            styles=("page.css", "article_page.css"),
            scripts=("theme.js", "articles.js", "reader.js", "article_page.js"),
        )
        head, self._tail = page.split(_ARTICLES_HERE)
        self._write(head)

    def write(self, tagged: TaggedArticle) -> None:
        """Write one article."""
        article = tagged.article
        self._model_version = tagged.model_version
        self._write_data(
            "article",
            {
                "id": article.id,
                "title": article.title,
                "source": article.source,
                "date": article.date,
                "parts": list(self._parts(tagged)),
            },
        )

    def close(self) -> None:
        """Write what follows the articles: the model's version and the page's script."""
        self._write_data("model-version", self._model_version)
        self._write(self._tail)

    def _write_data(self, kind: str, value: object) -> None:
        self._write(f'<script type="application/json" class="{kind}">{script_json(value)}</script>\n')

    def _write(self, text: str) -> None:
        # Half a surrogate pair is no character and has no UTF-8: "?" stands in its place.
        self._stream.write(text.encode("utf-8", "replace"))

    def _parts(self, tagged: TaggedArticle) -> Iterator[_Part]:
        """Cut the article's text into sentences, furniture and what is between them, in reading order."""
        text = tagged.article.text
        reached = 0
        pieces: list[TaggedSentence | Furniture] = [*tagged.sentences, *_joined(tagged.furniture, text)]
        for piece in sorted(pieces, key=lambda piece: piece.begin):
            begin = max(piece.begin, reached)
            if begin > reached:
                yield text[reached:begin]
            if piece.end > begin:
                yield self._part(piece, text[begin : piece.end])
            reached = max(piece.end, reached)
        if reached < len(text):
            yield text[reached:]

    def _part(self, piece: TaggedSentence | Furniture, text: str) -> _Part:
        if isinstance(piece, Furniture):
            return (text, piece.reason)
        if not (piece.labels or self._all_sentences):
            return text
        return (
            text,
            [number for number, label in enumerate(self._labels) if label in piece.labels],
            [round(float(piece.scores[label]), 3) for label in self._labels],
        )


def _joined(furniture: Sequence[Furniture], text: str) -> Iterator[Furniture]:
    """Join pieces of furniture that follow each other for the same reason."""
    last: Furniture | None = None
    for piece in sorted(furniture, key=lambda piece: piece.begin):
        if last and piece.reason == last.reason and not text[last.end : piece.begin].strip():
            last = Furniture(last.begin, max(last.end, piece.end), last.reason)
            continue
        if last:
            yield last
        last = piece
    if last:
        yield last
