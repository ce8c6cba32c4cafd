"""Articles that report the same event: clusters over shared terms within a few days.

Single-pass clustering as in topic detection and tracking (Allan, Papka, Lavrenko: On-line new event detection
and tracking, SIGIR 1998): articles come in order of their dates; each joins the story whose articles are on
average most like it (cosine of TF-IDF vectors), if they are like enough and the days are near, or begins a
new one. An index from terms to stories finds the candidates, so that the cost grows with the terms and not
with all pairs of articles.

An article without a date has only its words: such articles form stories among themselves, and must be more
alike for it. A story of theirs and one with dates become one where they are alike and the first names a day
("4 June") of the second.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

LEAST_LIKENESS = 0.3
LEAST_LIKENESS_UNDATED = 0.4
DAYS_BETWEEN = 2  # from one article of a story to the next
DAYS_IN_ALL = 5
# A term in more of the articles than this says little: it counts, but finds no candidates.
COMMON_SHARE = 0.1
COMMON_AT_LEAST = 20  # articles

Vector = Mapping[str, float]


@dataclass(slots=True, eq=False)
class Story:
    """Articles by position, in order of joining; the sum of their unit vectors; their first and last day."""

    members: list[int] = field(default_factory=list)
    total: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    first: date | None = None
    last: date | None = None

    def likeness(self, vector: Vector) -> float:
        """The mean cosine of a unit vector and those of the articles."""
        return sum(weight * self.total.get(term, 0.0) for term, weight in vector.items()) / len(self.members)

    def add(self, member: int, vector: Vector, day: date | None) -> None:
        """Take in an article."""
        self.members.append(member)
        for term, weight in vector.items():
            self.total[term] += weight
        if day is not None:
            self.first = min(day, self.first or day)
            self.last = max(day, self.last or day)

    def is_near(self, day: date | None) -> bool:
        """Whether an article of that day, not before those of the story, may tell it, too."""
        if day is None or self.first is None or self.last is None:
            return day is None and self.first is None
        return (day - self.last).days <= DAYS_BETWEEN and (day - self.first).days < DAYS_IN_ALL

    def has_day(self, days: Iterable[tuple[int, int]]) -> bool:
        """Whether one of the days, as (month, day), falls on the story's or the ones just before."""
        if self.first is None or self.last is None:
            return False
        own = {self.first + timedelta(n) for n in range(-DAYS_BETWEEN, (self.last - self.first).days + 1)}
        return not own.isdisjoint(
            date(day.year, *month_day) for day in own for month_day in days if _exists(day.year, month_day)
        )

    def shared_terms(self, vectors: Sequence[Vector], most: int = 8) -> list[str]:
        """The terms that hold the story together: those of at least half of its articles, heaviest first."""
        holders = Counter(term for member in self.members for term in vectors[member])
        shared = [term for term, count in holders.items() if count >= 2 and count * 2 >= len(self.members)]
        return sorted(shared, key=lambda term: (-self.total[term], term))[:most]


def unit_vectors(articles: Sequence[Mapping[str, int]]) -> list[Vector]:
    """Weigh terms by TF-IDF, (1 + log tf) (1 + log (1 + N) / (1 + df)), and scale each vector to length 1."""
    frequency = Counter(term for terms in articles for term in terms)
    vectors: list[Vector] = []
    for terms in articles:
        vector = {
            term: (1 + math.log(count)) * (1 + math.log((1 + len(articles)) / (1 + frequency[term])))
            for term, count in terms.items()
        }
        norm = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
        vectors.append({term: weight / norm for term, weight in vector.items()})
    return vectors


def find_stories(
    days: Sequence[date | None], vectors: Sequence[Vector], named_days: Sequence[Iterable[tuple[int, int]]]
) -> list[Story]:
    """Cluster articles by their dates, unit vectors and the days that they name.

    Every article is in one story; those told by one article are among the result.
    """
    dated = sorted((n for n, day in enumerate(days) if day), key=lambda n: (days[n], n))
    undated = [n for n, day in enumerate(days) if not day]
    stories = _cluster(dated, days, vectors, LEAST_LIKENESS)
    for late in _cluster(undated, days, vectors, LEAST_LIKENESS_UNDATED):
        named = {day for member in late.members for day in named_days[member]}
        fitting = [story for story in stories if story.has_day(named)]
        centre = {term: weight / len(late.members) for term, weight in late.total.items()}
        best = max(fitting, key=lambda story: story.likeness(centre), default=None)
        if best is None or best.likeness(centre) < LEAST_LIKENESS:
            stories.append(late)
            continue
        for member in late.members:
            best.add(member, vectors[member], None)
    return stories


def _cluster(
    order: Sequence[int], days: Sequence[date | None], vectors: Sequence[Vector], least: float
) -> list[Story]:
    frequency = Counter(term for vector in vectors for term in vector)
    common = max(COMMON_AT_LEAST, COMMON_SHARE * len(vectors))
    stories: list[Story] = []
    holding: dict[str, list[int]] = defaultdict(list)  # numbers of the stories that have a term
    for member in order:
        day, vector = days[member], vectors[member]
        telling = [term for term in vector if frequency[term] <= common]
        candidates = {number for term in telling for number in holding[term] if stories[number].is_near(day)}
        likeness = {number: stories[number].likeness(vector) for number in sorted(candidates)}
        best = max(likeness, key=lambda number: likeness[number], default=None)
        if best is None or likeness[best] < least:
            best = len(stories)
            stories.append(Story())
        stories[best].add(member, vector, day)
        for term in telling:
            # Stories that are over find nothing any more: the index stays as short as the window.
            holding[term] = [n for n in holding[term] if n != best and stories[n].is_near(day)] + [best]
    return stories


def _exists(year: int, month_day: tuple[int, int]) -> bool:
    try:
        date(year, *month_day)
    except ValueError:
        return False
    return True
