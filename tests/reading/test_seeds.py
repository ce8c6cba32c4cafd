"""The seed articles, against lists of their sentences and furniture made by reading them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conflict_events import read_articles, split_article

EXPECTED = json.loads(Path(__file__).with_name("seeds_expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", EXPECTED)
def test_every_sentence_is_kept_and_every_piece_of_furniture_has_its_reason(seeds: Path, name: str) -> None:
    (article,) = read_articles(seeds / name)
    split = split_article(article)
    assert [sentence.text for sentence in split.sentences] == EXPECTED[name]["kept"]
    furniture = [[piece.reason, article.text[piece.begin : piece.end]] for piece in split.furniture]
    assert furniture == EXPECTED[name]["furniture"]


def test_the_folder_gives_five_articles_with_their_metadata(seeds: Path) -> None:
    articles = list(read_articles(seeds))
    rows = [json.loads(line) for line in (seeds / "metadata.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(articles) == len(rows) == len(EXPECTED) == 5
    for article, row in zip(articles, rows, strict=True):
        known = {name: getattr(article, name) for name in ("id", "title", "source", "date")}
        assert known == {name: row[name] for name in known}
        assert article.text == (seeds / row["file_name"]).read_text(encoding="utf-8")
