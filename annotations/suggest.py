"""Choosing what to annotate next: what the model is least certain of, unlike each other and what is known.

Uncertainty is that of the least certain label (Settles, Active Learning Literature Survey, 2009, least
confidence, per label). Picks are greedy by maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998):
uncertainty times the distance to the most similar sentence that was picked or is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from conflict_events.errors import DataError, MissingExtraError

Matrix = npt.NDArray[np.float32]

NEAR_DUPLICATE = 0.8
"""Cosine similarity of word n-grams from which two sentences count as one."""
_CANDIDATES_PER_PICK = 10
_WIDER = 4


def certainties(scores: Matrix, thresholds: Sequence[float]) -> Matrix:
    """How far scores [sentences, labels] lie from their thresholds: 0 is at it, 1 as far as can be."""
    limits = np.asarray(thresholds, dtype=np.float32)
    room = np.where(scores >= limits, 1 - limits, limits)
    certain: Matrix = np.divide(np.abs(scores - limits), room, out=np.zeros_like(scores), where=room > 0)
    return certain


def suggest(
    texts: Sequence[str],
    scores: Matrix,
    thresholds: Sequence[float],
    count: int,
    *,
    known: Sequence[str] = (),
) -> list[int]:
    """Pick up to `count` sentences, the most worth annotating first; returns their places in `texts`.

    `scores` is [sentences, labels]; `known` are sentences that are annotated already. Fewer come back where
    the rest are near-duplicates. Raises DataError where texts and scores differ in number.
    """
    if len(texts) != len(scores):
        raise DataError(f"{len(texts)} sentences, but scores for {len(scores)}")
    if not texts or count <= 0:
        return []
    uncertainty = 1 - certainties(scores, thresholds).min(axis=1)
    # Stable, so that the same pool gives the same picks.
    order = np.argsort(-uncertainty, kind="stable")
    looked_at = count * _CANDIDATES_PER_PICK
    while True:
        candidates = order[:looked_at]
        picked = _pick([texts[i] for i in candidates], uncertainty[candidates], count, known)
        if len(picked) == count or looked_at >= len(texts):
            return [int(candidates[place]) for place in picked]
        looked_at *= _WIDER  # for those looked at were mostly alike


def _pick(
    texts: Sequence[str], worth: npt.NDArray[np.float32], count: int, known: Sequence[str]
) -> list[int]:
    """The places of up to `count` texts, greedily."""
    vectors, known_vectors = _vectors(texts, known)
    nearest = np.zeros(len(texts), dtype=np.float32)
    if known:
        nearest = np.asarray((vectors @ known_vectors.T).max(axis=1).todense()).ravel().astype(np.float32)
    open_to_pick = np.ones(len(texts), dtype=bool)
    picks: list[int] = []
    while len(picks) < count:
        open_to_pick &= nearest < NEAR_DUPLICATE
        if not open_to_pick.any():
            break
        best = int(np.argmax(np.where(open_to_pick, worth * (1 - nearest), -1)))
        picks.append(best)
        open_to_pick[best] = False
        similarity = np.asarray((vectors @ vectors[best].T).todense()).ravel()
        nearest = np.maximum(nearest, similarity)
    return picks


def _vectors(texts: Sequence[str], known: Sequence[str]) -> tuple[Any, Any]:
    """Sparse unit vectors of words and word pairs, weighted by rarity: their dot product is a cosine."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError as error:
        raise MissingExtraError("suggesting sentences", "annotate") from error
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b", dtype=np.float32
    )
    together = vectorizer.fit_transform([*texts, *known])
    return together[: len(texts)], together[len(texts) :]
