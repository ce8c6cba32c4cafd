"""What the shipped weights must find in the seed articles, which they were not trained on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conflict_events import EventTagger, TaggedArticle, read_articles

FIRST_FOUR = ("aljazeera", "ibtimes", "alalam", "rudaw")


@pytest.fixture(scope="module")
def tagged(seeds: Path) -> dict[str, TaggedArticle]:
    tagger = EventTagger.from_pretrained()
    return {article.article.id: article for article in tagger.tag_articles(read_articles(seeds))}


def sentences_with(article: TaggedArticle, label: str) -> Iterator[str]:
    return (sentence.text for sentence in article.sentences if label in sentence.labels)


def article(tagged: dict[str, TaggedArticle], name: str) -> TaggedArticle:
    [found] = [article for id, article in tagged.items() if name in id]
    return found


@pytest.mark.integration
@pytest.mark.parametrize("name", FIRST_FOUR)
def test_it_finds_advances_in_the_four_articles_on_the_offensives(
    tagged: dict[str, TaggedArticle], name: str
) -> None:
    assert len(list(sentences_with(article(tagged, name), "advance"))) >= 3


@pytest.mark.parametrize(
    ("name", "label", "words"),
    [
        ("aljazeera", "airstrike", "Heavy Russian air strikes hit ISIL-held territory"),
        ("ibtimes", "airstrike", "On 3 June, Reuters reported that heavy Russian air strikes"),
        ("aljazeera", "casualty_report", "at least 26 ISIL fighters and nine Syrian government"),
        ("ibtimes", "casualty_report", "at least 26 IS fighters have been killed, as well as nine"),
        ("new-arab", "casualty_report", "killed at least 28 fighters"),
        ("new-arab", "airstrike", "waves of air raids"),
        ("new-arab", "diplomatic_statement", "Lavrov"),
        ("rudaw", "diplomatic_statement", "The SDF issued a statement vowing"),
        ("rudaw", "diplomatic_statement", "Russia warned the US against aggression"),
    ],
)
def test_it_finds_what_a_reader_would_look_for(
    tagged: dict[str, TaggedArticle], name: str, label: str, words: str
) -> None:
    assert any(words in text for text in sentences_with(article(tagged, name), label))


def test_it_keeps_silent_on_what_is_said_of_no_event(tagged: dict[str, TaggedArticle]) -> None:
    by_text = {sentence.text: sentence for article in tagged.values() for sentence in article.sentences}
    for words in (
        "So you'll find them in the same building.",
        "The centre had been set up ten days earlier.",
    ):
        assert by_text[words].labels == ()
