"""Documents that share long passages: agency copy, reprints, one report that quotes another.

Containment as in Broder (On the resemblance and containment of documents, 1997), of runs of eight words,
counted exactly through an index from passages to documents, not estimated.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations

# Eight words in a row seldom coincide unless copied.
PASSAGE_WORDS = 8
# A passage found in more documents than this is boilerplate ("told AFP on condition of anonymity ..."), and
# would cost the square of them.
BOILERPLATE_DOCUMENTS = 30

_WORD = re.compile(r"\w+")


def words_of(text: str) -> tuple[str, ...]:
    """Return the text's words in lower case, without punctuation."""
    return tuple(_WORD.findall(text.lower()))


def passages(sentences: Iterable[Sequence[str]]) -> set[int]:
    """Return hashes of the runs of eight words in sentences given as words; no run crosses a sentence."""
    return {
        hash(tuple(words[start : start + PASSAGE_WORDS]))
        for words in sentences
        for start in range(len(words) - PASSAGE_WORDS + 1)
    }


def sharing(documents: Sequence[AbstractSet[int]], share: float) -> Iterator[tuple[int, int]]:
    """Yield the pairs of documents, as positions, of whose passages the shorter has `share` in the other.

    Documents of the same passages are paired with the first of them, however many there are.
    """
    first_with: dict[frozenset[int], int] = {}
    for position, own in enumerate(documents):
        if own and (first := first_with.setdefault(frozenset(own), position)) != position:
            yield first, position
    holders: dict[int, list[int]] = defaultdict(list)
    for position, own in enumerate(documents):
        for passage in own:
            holders[passage].append(position)
    shared: Counter[tuple[int, int]] = Counter()
    for holding in holders.values():
        if 1 < len(holding) <= BOILERPLATE_DOCUMENTS:
            shared.update(combinations(holding, 2))
    for (first, second), count in shared.items():
        if count >= share * min(len(documents[first]), len(documents[second])):
            yield first, second


def first_of_chain(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Return for each of `count` things the first of those that a chain of pairs connects with it."""
    parent = list(range(count))

    def root(member: int) -> int:
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for pair in pairs:
        older, newer = sorted(map(root, pair))
        parent[newer] = older
    return [root(member) for member in range(count)]
