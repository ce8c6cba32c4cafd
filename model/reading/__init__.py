"""From files to sentences: articles are read, furniture is set aside, the rest is split."""

from __future__ import annotations

from .read import read_articles
from .records import Columns
from .sentences import split_sentences
from .split import SplitArticle, split_article

__all__ = ["Columns", "SplitArticle", "read_articles", "split_article", "split_sentences"]
