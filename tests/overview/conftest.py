"""Articles tagged by plain words: what an overview needs, without a model."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conflict_events.articles import Article, TaggedArticle, TaggedSentence
from conflict_events.overview import EventArticle, Overview, overview_of
from conflict_events.overview.events import parse_date
from conflict_events.reading import read_articles, split_article

LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")
_WORDS = {
    "advance": r"advanc|cross(ed|es) |enter(ed)? Raqqa|entered|captured|took control|recaptured|reached",
    "airstrike": r"air ?strikes|air raids|aerial coverage|bombed",
    "casualty_report": r"\bkill(ed|ing)\b|\bdead\b",
    "diplomatic_statement": r"warned|vowing|ceasefire|Lavrov|legitimate force|demand",
}


def tag_by_words(article: Article) -> TaggedArticle:
    sentences = []
    for sentence in split_article(article).sentences:
        labels = tuple(label for label in LABELS if re.search(_WORDS[label], sentence.text))
        scores = {label: 0.9 if label in labels else 0.05 for label in LABELS}
        sentences.append(TaggedSentence(sentence.text, sentence.begin, sentence.end, labels, scores))
    return TaggedArticle(article, tuple(sentences), (), "0123456789ab")


@pytest.fixture(scope="session")
def labels() -> tuple[str, ...]:
    return LABELS


@pytest.fixture(scope="session")
def tag() -> Callable[[Article], TaggedArticle]:
    return tag_by_words


@pytest.fixture(scope="session")
def tagged_seeds(seeds: Path) -> list[TaggedArticle]:
    return [tag_by_words(article) for article in read_articles(str(seeds))]


@pytest.fixture(scope="session")
def as_events() -> Callable[[TaggedArticle], EventArticle]:
    def convert(tagged: TaggedArticle) -> EventArticle:
        article = tagged.article
        return EventArticle(
            article.id, article.title, article.source, parse_date(article.date), tagged.sentences
        )

    return convert


@pytest.fixture(scope="session")
def tagged_corpus(corpus: Path) -> list[TaggedArticle]:
    """The FA-KES articles with the labels of the corpus; scores are made up."""
    known = {record["id"]: record for record in _read(corpus / "articles.jsonl")}
    rows: dict[str, list[dict]] = {}
    for row in _read(corpus / "fakes.jsonl"):
        rows.setdefault(row["id"].rpartition(":")[0], []).append(row)
    tagged = []
    for id, own in rows.items():
        text = ""
        sentences = []
        for row in own:
            begin = len(text)
            text += row["text"]
            scores = {label: 0.9 if label in row["labels"] else 0.05 for label in LABELS}
            sentences.append(TaggedSentence(row["text"], begin, len(text), tuple(row["labels"]), scores))
            text += " "
        title = known[id]["title"] if id in known else ""
        article = Article(id, text, title, own[0]["source"], own[0]["date"])
        tagged.append(TaggedArticle(article, tuple(sentences), (), "0123456789ab"))
    return tagged


@pytest.fixture(scope="session")
def corpus_overview(tagged_corpus, as_events) -> Overview:
    return overview_of(map(as_events, tagged_corpus))


def _read(path: Path) -> Iterator[dict]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
