"""Join the groups of documents that share long passages, so that copies stay on one side of a split."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from conflict_events.passages import first_of_chain, passages, sharing, words_of
from conflict_events.training.data import Example

# Documents that share this part of the shorter one's passages are near-duplicates.
CONTAINMENT = 0.2


def join_near_duplicates(examples: Sequence[Example]) -> list[Example]:
    """The same examples with groups joined where their documents share long passages.

    Documents are near-duplicates if the shorter has at least a fifth of its runs of eight words in the other;
    documents too short for that if their words are the same. A joined group is named after the first of its
    groups in order of appearance, so joining again changes nothing.
    """
    groups: dict[str, int] = {}
    documents: dict[tuple[str, str], list[str]] = defaultdict(list)
    for example in examples:
        groups.setdefault(example.group, len(groups))
        documents[example.group, example.document].append(example.text)
    group_of = [groups[group] for group, _ in documents]
    near = sharing([_fingerprint(texts) for texts in documents.values()], CONTAINMENT)
    roots = first_of_chain(len(groups), ((group_of[first], group_of[second]) for first, second in near))
    names = list(groups)
    return [replace(example, group=names[roots[groups[example.group]]]) for example in examples]


def _fingerprint(texts: Sequence[str]) -> set[int]:
    """The document's passages; the hash of all its words where every sentence is too short for one."""
    sentences = [words_of(text) for text in texts]
    return passages(sentences) or {hash(tuple(word for words in sentences for word in words))}
