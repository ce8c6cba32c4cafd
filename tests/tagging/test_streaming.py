"""Articles are tagged as they come: in order, a bounded number ahead, stopped and failed cleanly."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from conflict_events import Article, EventTagger, ModelError, split_article
from conflict_events.ahead import ahead

TEXT = "Government forces seized the village on Monday. A minister condemned the attack in a statement.\n"


def articles(count: int, asked: list[int] | None = None) -> Iterator[Article]:
    for number in range(count):
        if asked is not None:
            asked.append(number)
        yield Article(str(number), f"Report number {number} came in from the front. {TEXT}" * 5)


@pytest.fixture
def quick(tiny: Path) -> EventTagger:
    return EventTagger.from_pretrained(tiny, device="cpu")


def workers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "conflict-events-ahead"]


def no_workers_are_left() -> bool:
    deadline = time.monotonic() + 5
    while workers() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not workers()


def test_articles_come_back_whole_and_in_order(quick: EventTagger) -> None:
    tagged = list(quick.tag_articles(articles(700)))
    assert [one.article.id for one in tagged] == [str(number) for number in range(700)]
    for one in tagged[::50]:
        split = split_article(one.article)
        assert [(s.text, s.begin, s.end) for s in one.sentences] == [
            (s.text, s.begin, s.end) for s in split.sentences
        ]
        assert one.furniture == split.furniture
        assert one.model_version == quick.version
    assert no_workers_are_left()


def test_labels_follow_scores_and_thresholds(quick: EventTagger) -> None:
    low = dict.fromkeys(quick.labels, 0.0)
    high = dict.fromkeys(quick.labels, 1.0)
    [one] = quick.tag_articles(articles(1), thresholds=low)
    assert all(sentence.labels == quick.labels for sentence in one.sentences)
    [one] = quick.tag_articles(articles(1), thresholds=high)
    assert all(sentence.labels == () for sentence in one.sentences)
    [one] = quick.tag_articles(articles(1), thresholds={"airstrike": 0.0})
    for sentence in one.sentences:
        expected = [
            label
            for label in quick.labels
            if label == "airstrike" or sentence.scores[label] >= quick.thresholds[label]
        ]
        assert list(sentence.labels) == expected


def test_an_unknown_label_is_refused_at_once(quick: EventTagger) -> None:
    with pytest.raises(ModelError, match="no label 'flood' in this model; its labels are advance"):
        quick.tag_articles([], thresholds={"flood": 0.5})


def test_without_deduplication_the_scores_are_the_same(quick: EventTagger) -> None:
    for one, other in zip(
        quick.tag_articles(articles(30)), quick.tag_articles(articles(30), deduplicate=False), strict=True
    ):
        for left, right in zip(one.sentences, other.sentences, strict=True):
            assert left.scores == pytest.approx(right.scores, abs=1e-2)


def test_context_is_what_stands_before_in_the_article(context_folder: Path) -> None:
    tagger = EventTagger.from_pretrained(context_folder, device="cpu", precision="fp32")
    text = "Rebels stormed the hill. The army fled. He agreed. It rained."
    scores = [list(sentence.scores.values()) for sentence in tagger.tag(text)]
    expected = tagger.score(
        ["Rebels stormed the hill.", "The army fled.", "He agreed.", "It rained."],
        [
            "",
            "Rebels stormed the hill.",
            "Rebels stormed the hill. The army fled.",
            "The army fled. He agreed.",
        ],
    )
    np.testing.assert_allclose(scores, expected, atol=1e-4)


@pytest.mark.integration
def test_context_of_quotations_alone(quotations_folder: Path, context_folder: Path) -> None:
    text = (
        'The envoy rejected the offer. "It is an insult. We shall not answer it," he said. '
        'The army fled. "No," said the coach. It rained.'
    )
    sentences = [
        "The envoy rejected the offer.",
        '"It is an insult.',
        'We shall not answer it," he said.',
        "The army fled.",
        '"No," said the coach.',
        "It rained.",
    ]
    shown = ["", sentences[0], " ".join(sentences[:2]), "", "", ""]
    tagger = EventTagger.from_pretrained(quotations_folder, device="cpu", precision="fp32")
    tagged = tagger.tag(text)
    assert [sentence.text for sentence in tagged] == sentences
    scores = [list(sentence.scores.values()) for sentence in tagged]
    seeing_all = EventTagger.from_pretrained(context_folder, device="cpu", precision="fp32")
    np.testing.assert_allclose(scores, seeing_all.score(sentences, shown), atol=1e-4)
    # Whoever gives every context has the same.
    before = [" ".join(sentences[max(0, index - 2) : index]) for index in range(6)]
    np.testing.assert_allclose(tagger.score(sentences, before), scores, atol=1e-4)


def test_only_what_is_needed_soon_is_read(quick: EventTagger) -> None:
    asked: list[int] = []
    stream = quick.tag_articles(articles(100_000, asked))
    assert asked == []
    first = list(islice(stream, 10))
    assert [one.article.id for one in first] == [str(number) for number in range(10)]
    assert len(asked) < 5_000
    stream.close()
    assert no_workers_are_left()
    read = len(asked)
    time.sleep(0.2)
    assert len(asked) == read


def test_closing_closes_the_reader(quick: EventTagger) -> None:
    closed = threading.Event()

    def reader() -> Iterator[Article]:
        try:
            yield from articles(100_000)
        finally:
            closed.set()

    stream = quick.tag_articles(reader())
    next(stream)
    stream.close()
    assert closed.wait(5)


def test_an_error_of_the_reader_arrives_after_what_came_before_it(quick: EventTagger) -> None:
    def reader() -> Iterator[Article]:
        yield from articles(300)
        raise OSError("the disk is gone")

    got: list[str] = []
    with pytest.raises(OSError, match="the disk is gone"):
        got.extend(one.article.id for one in quick.tag_articles(reader()))
    assert no_workers_are_left()


def test_articles_without_a_sentence(quick: EventTagger) -> None:
    tagged = list(quick.tag_articles([Article("a", ""), Article("b", TEXT), Article("c", "\n \n")]))
    assert [(one.article.id, len(one.sentences)) for one in tagged] == [("a", 0), ("b", 2), ("c", 0)]


def test_two_streams_at_a_time(quick: EventTagger) -> None:
    pairs = zip(quick.tag_articles(articles(200)), quick.tag_articles(articles(200)), strict=True)
    assert all(one == other for one, other in pairs)


def test_ahead_stays_within_its_depth() -> None:
    made: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    stream = ahead(numbers(), depth=3)
    assert next(stream) == 0
    time.sleep(0.3)
    # One is out, three wait in the queue, and one waits for its place there.
    assert len(made) == 5
    assert list(stream) == list(range(1, 100))
