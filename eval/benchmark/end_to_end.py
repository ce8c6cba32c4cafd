"""From JSONL articles to JSONL events: against the model alone, and where the time goes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from conflict_events import Article, EventTagger, read_articles, split_article
from conflict_events.batching import batches, by_sentence
from conflict_events.encoding import Encoder, Windows
from conflict_events.eval.benchmark.material import Material, write_repeated
from conflict_events.eval.benchmark.rounds import timed
from conflict_events.output import open_writer
from conflict_events.quotations import contexts_within

_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class Stage:
    """One kind of work: seconds of processor time, all cores together, for a sentence."""

    name: str
    core_seconds_a_sentence: float


@dataclass(frozen=True, slots=True)
class EndToEnd:
    """Sentences a second in each round, of the whole way and of the model on sentences already encoded."""

    device: str
    articles: int
    sentences: int
    whole: tuple[float, ...]
    model_only: tuple[float, ...]
    stages: tuple[Stage, ...]

    @property
    def share(self) -> float:
        """The whole way's throughput as a share of the model's alone, from the rounds' medians."""
        return statistics.median(self.whole) / statistics.median(self.model_only)


def measure_end_to_end(
    model: str | None, material: Material, device: str, scratch: Path, *, rounds: int, articles: int
) -> EndToEnd:
    """Tag so many articles, duplicates scored again, by turns with the model alone on their sentences."""
    tagger = EventTagger.from_pretrained(model, device=device)
    source = write_repeated(material.articles, articles, scratch / f"articles-{articles}.jsonl")
    target = scratch / "events.jsonl"
    sentences = tag_file(tagger, source, target)
    encoded = _encoded(tagger, source)
    whole, model_only = [], []
    for _ in range(rounds):
        whole.append(sentences / timed(lambda: tag_file(tagger, source, target)))
        model_only.append(sentences / timed(lambda: [tagger.runtime.score(windows) for windows in encoded]))
    stages = _stages(tagger, source, target, encoded, sentences)
    return EndToEnd(device, articles, sentences, tuple(whole), tuple(model_only), stages)


def tag_file(tagger: EventTagger, source: Path, target: Path) -> int:
    """Tag a file of articles into a JSONL file, every sentence scored; the number of sentences."""
    sentences = 0
    with open_writer(target, "jsonl", tagger.labels, all_sentences=True) as writer:
        for tagged in tagger.tag_articles(read_articles(source), deduplicate=False):
            writer.write(tagged)
            sentences += len(tagged.sentences)
    return sentences


def _encoded(tagger: EventTagger, source: Path) -> list[Windows]:
    """The sentences of a file, encoded in chunks of the size the tagger uses."""
    return _encode_texts(tagger, [_texts([article]) for article in read_articles(source)])


def _encode_texts(tagger: EventTagger, articles: list[list[str]]) -> list[Windows]:
    """Encode the sentences of articles, each with the context that tagging shows the model."""
    encoder, folder = Encoder(tagger.folder), tagger.folder
    sentences: list[str] = []
    contexts: list[str] = []
    for texts in articles:
        sentences += texts
        contexts += contexts_within(texts, folder.context_sentences, folder.context_for)
    return [
        encoder.encode(sentences[start : start + _CHUNK], contexts[start : start + _CHUNK])
        for start in range(0, len(sentences), _CHUNK)
    ]


def _texts(articles: list[Article]) -> list[str]:
    return [sentence.text for article in articles for sentence in split_article(article).sentences]


def _stages(
    tagger: EventTagger, source: Path, target: Path, encoded: list[Windows], sentences: int
) -> tuple[Stage, ...]:
    """Each kind of work by itself, one after the other, in processor time."""
    articles = list(read_articles(source))
    texts = [_texts([article]) for article in articles]
    budget = 1024
    tagged = list(tagger.tag_articles(articles, deduplicate=False))

    def write() -> None:
        with open_writer(target, "jsonl", tagger.labels, all_sentences=True) as writer:
            for one in tagged:
                writer.write(one)

    work: dict[str, Callable[[], object]] = {
        "reading": lambda: list(read_articles(source)),
        "cleaning and splitting": lambda: _texts(articles),
        "tokenising": lambda: _encode_texts(tagger, texts),
        "sorting and padding": lambda: [list(batches(windows, budget, 0)) for windows in encoded],
        "model": lambda: [by_sentence(tagger.runtime.score(windows), windows) for windows in encoded],
        "writing": write,
    }
    return tuple(Stage(name, _core_seconds(run) / sentences) for name, run in work.items())


def _core_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
