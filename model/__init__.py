"""Reads news about armed conflict and says, sentence by sentence, which events it reports.

    from conflict_events import EventTagger, read_articles

    tagger = EventTagger.from_pretrained()
    for article in tagger.tag_articles(read_articles("inbox/")):
        for sentence in article.sentences:
            print(sentence.labels, sentence.text)

Names are imported when first used, so that `import conflict_events` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conflict_events.articles import Article, Furniture, Sentence, TaggedArticle, TaggedSentence
    from conflict_events.errors import (
        AnnotationError,
        ConflictEventsError,
        DataError,
        InputError,
        MissingExtraError,
        ModelError,
    )
    from conflict_events.frames import to_arrow, to_dataset, to_pandas, to_polars
    from conflict_events.reading import Columns, read_articles, split_article, split_sentences
    from conflict_events.tagged_text import TaggedText
    from conflict_events.tagger import EventTagger

    __version__: str

__all__ = [
    "AnnotationError",
    "Article",
    "Columns",
    "ConflictEventsError",
    "DataError",
    "EventTagger",
    "Furniture",
    "InputError",
    "MissingExtraError",
    "ModelError",
    "Sentence",
    "TaggedArticle",
    "TaggedSentence",
    "TaggedText",
    "__version__",
    "read_articles",
    "split_article",
    "split_sentences",
    "to_arrow",
    "to_dataset",
    "to_pandas",
    "to_polars",
]

_MODULES = {
    "articles": ("Article", "Furniture", "Sentence", "TaggedArticle", "TaggedSentence"),
    "errors": (
        "AnnotationError",
        "ConflictEventsError",
        "DataError",
        "InputError",
        "MissingExtraError",
        "ModelError",
    ),
    "frames": ("to_arrow", "to_dataset", "to_pandas", "to_polars"),
    "reading": ("Columns", "read_articles", "split_article", "split_sentences"),
    "tagged_text": ("TaggedText",),
    "tagger": ("EventTagger",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a public name's module when the name is first used (PEP 562)."""
    value: object
    if name == "__version__":
        from importlib.metadata import version

        value = version("conflict-events")
    elif name in _MODULE_OF:
        value = getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, imported or not."""
    return sorted({*globals(), *__all__})
