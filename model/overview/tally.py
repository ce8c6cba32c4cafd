"""Counts over all sentences: by day, outlet and label, labels together, scores, the most certain examples."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

from conflict_events.articles import TaggedSentence
from conflict_events.overview.events import EventArticle

SCORE_BINS = 20
EXAMPLES = 6


@dataclass(frozen=True, slots=True, order=True)
class Example:
    """A sentence with the score of one label, and where it stands."""

    score: float
    text: str
    source: str
    day: str


@dataclass(slots=True)
class Tally:
    """What was counted so far. `labels` are in the file's order; an outlet without a name is "unnamed"."""

    labels: list[str] = field(default_factory=list)
    articles: int = 0
    undated: int = 0
    sentences: int = 0
    unlabelled: int = 0
    label_days: Counter[tuple[str, date]] = field(default_factory=Counter)
    outlet_days: Counter[tuple[str, date]] = field(default_factory=Counter)
    outlet_labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    outlet_articles: Counter[str] = field(default_factory=Counter)
    together: Counter[tuple[str, str]] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)
    scores: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * SCORE_BINS))
    best: dict[str, list[Example]] = field(default_factory=lambda: defaultdict(list))

    @property
    def events(self) -> int:
        """Sentences that carry a label."""
        return self.sentences - self.unlabelled

    def add(self, article: EventArticle) -> None:
        """Count one article."""
        outlet = article.source or "unnamed"
        self.articles += 1
        self.undated += article.date is None
        self.outlet_articles[outlet] += 1
        for sentence in article.sentences:
            self.sentences += 1
            self.unlabelled += not sentence.labels
            self._add_scores(sentence)
            for label in sentence.labels:
                self.totals[label] += 1
                self.outlet_labels[outlet, label] += 1
                if article.date:
                    self.label_days[label, article.date] += 1
                self._add_example(label, sentence, article)
            for pair in combinations(sentence.labels, 2):
                self.together[pair] += 1
                self.together[pair[::-1]] += 1
            if article.date and sentence.labels:
                self.outlet_days[outlet, article.date] += 1

    def _add_scores(self, sentence: TaggedSentence) -> None:
        for label, score in sentence.scores.items():
            if label not in self.labels:
                self.labels.append(label)
            self.scores[label][min(int(score * SCORE_BINS), SCORE_BINS - 1)] += 1

    def _add_example(self, label: str, sentence: TaggedSentence, article: EventArticle) -> None:
        best = self.best[label]
        text = sentence.text.strip()
        score = sentence.scores[label]
        if (len(best) == EXAMPLES and score <= best[0].score) or any(
            text == example.text for example in best
        ):
            return
        example = Example(score, text, article.source, article.date.isoformat() if article.date else "")
        if len(best) < EXAMPLES:
            heapq.heappush(best, example)
        else:
            heapq.heapreplace(best, example)
