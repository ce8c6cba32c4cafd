"""What flows between the modules: articles, their sentences, and what the model says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """A text with an id and what is known of it.

    `text` is the text after its encoding was mended; every offset of this package counts characters in it.
    """

    id: str
    text: str
    title: str = ""
    source: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article: `article.text[begin:end] == text`, offsets in characters."""

    text: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Furniture:
    """Text of the page that is not the article's, `article.text[begin:end]`, and why it is kept out."""

    begin: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """A sentence with the labels whose score reaches their threshold, and the scores of all labels."""

    text: str
    begin: int
    end: int
    labels: tuple[str, ...]
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TaggedArticle:
    """An article, its sentences as the model tagged them, the furniture kept out, and the model's version."""

    article: Article
    sentences: tuple[TaggedSentence, ...]
    furniture: tuple[Furniture, ...]
    model_version: str
