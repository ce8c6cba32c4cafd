"""Near-copies: articles that share long passages, as agency copy does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from conflict_events.overview.events import EventArticle
from conflict_events.passages import first_of_chain, passages, sharing, words_of

# Articles that share this part of the shorter one's passages are near-copies.
CONTAINMENT = 0.5


def event_passages(article: EventArticle) -> frozenset[int]:
    """Return the passages of the sentences that carry a label."""
    return frozenset(passages(words_of(sentence.text) for sentence in article.events))


def near_copies(articles: Sequence[frozenset[int]]) -> list[list[int]]:
    """Return the groups of near-copies, as positions in order; articles without a copy are left out.

    A group is whatever a chain of copies connects.
    """
    groups: dict[int, list[int]] = defaultdict(list)
    for position, first in enumerate(first_of_chain(len(articles), sharing(articles, CONTAINMENT))):
        groups[first].append(position)
    return [group for group in groups.values() if len(group) > 1]
