"""What tagging has done so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conflict_events.articles import TaggedArticle


@dataclass
class Counts:
    """What has been done so far; `with_events` counts sentences, `labels` how often each was given."""

    articles: int = 0
    sentences: int = 0
    with_events: int = 0
    rejected: int = 0
    labels: Counter[str] = field(default_factory=Counter)

    def add(self, tagged: TaggedArticle) -> None:
        """Count one article."""
        self.articles += 1
        self.sentences += len(tagged.sentences)
        for sentence in tagged.sentences:
            self.with_events += bool(sentence.labels)
            self.labels.update(sentence.labels)

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.articles + other.articles,
            self.sentences + other.sentences,
            self.with_events + other.with_events,
            self.rejected + other.rejected,
            self.labels + other.labels,
        )

    def summary(self, labels: Sequence[str], seconds: float, model_version: str) -> str:
        """Return the line that ends a run."""
        by_label = ", ".join(f"{label} {self.labels[label]:,}" for label in labels)
        return (
            f"{number_of(self.articles, 'article')}, {number_of(self.sentences, 'sentence')}, "
            f"{self.with_events:,} with events ({by_label}); "
            f"{self.rejected:,} rejected; {seconds:.1f} s; model {model_version}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` takes."""
        return {
            "articles": self.articles,
            "sentences": self.sentences,
            "with_events": self.with_events,
            "rejected": self.rejected,
            "labels": dict(sorted(self.labels.items())),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Counts:
        """Make counts from what `to_json` gave."""
        return cls(**{**data, "labels": Counter(data["labels"])})


def number_of(count: int, noun: str) -> str:
    """Return a count in words: "1 article", "2,000 articles"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
