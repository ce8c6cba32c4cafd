"""What is tagged in a benchmark: articles the user names, or else the five seed articles."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from conflict_events import Article, read_articles, split_article
from conflict_events.errors import DataError

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
_SHUFFLE_SEED = 0


@dataclass(frozen=True, slots=True)
class Material:
    """Articles, and all their sentences in random order, so that any part of them is like the whole."""

    name: str
    articles: tuple[Article, ...]
    sentences: tuple[str, ...]

    @property
    def different(self) -> tuple[str, ...]:
        """The different sentences."""
        return tuple(dict.fromkeys(self.sentences))


def read_material(paths: Sequence[str]) -> Material:
    """Read articles to measure with.

    Raises:
        DataError: there are none, or no sentence is in them.
    """
    if not paths and not SEEDS.is_dir():
        raise DataError("the seed articles are not here: name files of articles to measure with")
    articles = tuple(read_articles(list(paths) or SEEDS))
    sentences = [sentence.text for article in articles for sentence in split_article(article).sentences]
    if not sentences:
        raise DataError("no sentences to measure with: name files that hold articles")
    random.Random(_SHUFFLE_SEED).shuffle(sentences)
    name = ", ".join(Path(path).name for path in paths) or "the seed articles"
    return Material(name, articles, tuple(sentences))


def write_repeated(articles: Sequence[Article], count: int, file: Path) -> Path:
    """Write `count` articles as JSONL: those given, again and again under new ids."""
    with file.open("w", encoding="utf-8") as stream:
        for number, article in enumerate(islice(cycle(articles), count)):
            row = {"id": f"{article.id}-{number}", "text": article.text, "title": article.title}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    return file
