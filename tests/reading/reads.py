"""What reading gives: the ids of articles, and the errors that were told."""

from __future__ import annotations

from pathlib import Path

from conflict_events import InputError, read_articles


def read(path: str | Path | list[Path], format: str | None = None) -> tuple[list[str], list[InputError]]:
    errors: list[InputError] = []
    return [article.id for article in read_articles(path, format=format, on_error=errors.append)], errors
