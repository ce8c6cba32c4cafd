"""Baselines with a logistic regression a label: on TF-IDF, and on the embeddings of a frozen encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from conflict_events.eval.baselines import Scores, halves, targets
from conflict_events.training.data import Example


class LogisticHeads:
    """One logistic regression a label; a label that all or none of the examples have gets that share."""

    def __init__(self, strength: float = 1.0) -> None:
        self._strength = strength
        self._heads: list[Any] = []

    def fit(self, features: Any, wanted: npt.NDArray[np.int64]) -> None:
        """Learn from features [n, any] (dense or sparse) and targets [n, labels] of 0 and 1."""
        from sklearn.linear_model import LogisticRegression

        self._heads = []
        for column in wanted.T:
            if column.min() == column.max():
                self._heads.append(float(column[0]))
            else:
                head = LogisticRegression(C=self._strength, max_iter=2000)
                self._heads.append(head.fit(features, column))

    def scores(self, features: Any) -> Scores:
        """Probabilities [n, labels]."""
        columns = [
            np.full(features.shape[0], head)
            if isinstance(head, float)
            else head.predict_proba(features)[:, 1]
            for head in self._heads
        ]
        return np.stack(columns, axis=1).astype(np.float32)


class TfidfLogistic:
    """Words and pairs of words, weighted by TF-IDF with sublinear counts, and a logistic regression a label.

    C = 10: the default of 1 is far too timid for normalised sparse rows of one sentence each.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)
        self._vectors: Any = None
        self._heads = LogisticHeads(strength=10.0)

    @property
    def thresholds(self) -> npt.NDArray[np.float32]:
        """One half for every label."""
        return halves(self._labels)

    def fit(self, examples: Sequence[Example]) -> None:
        """Learn vocabulary, weights and heads."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        wanted = targets(examples, self._labels)
        self._vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, strip_accents="unicode")
        self._heads.fit(self._vectors.fit_transform([example.text for example in examples]), wanted)

    def scores(self, examples: Sequence[Example]) -> Scores:
        """Probabilities [n, labels]."""
        return self._heads.scores(self._vectors.transform([example.text for example in examples]))


class FrozenEncoder:
    """Sentence embeddings of an encoder that is left as it is, and a logistic regression a label."""

    def __init__(self, labels: Sequence[str], *, base: str | Path | None = None) -> None:
        self._labels = tuple(labels)
        self._base = base
        self._encoder: Any = None
        self._embedded: dict[str, npt.NDArray[np.float32]] = {}
        self._heads = LogisticHeads()

    @property
    def thresholds(self) -> npt.NDArray[np.float32]:
        """One half for every label."""
        return halves(self._labels)

    def fit(self, examples: Sequence[Example]) -> None:
        """Embed the sentences and learn the heads."""
        wanted = targets(examples, self._labels)
        self._heads.fit(self._embed(examples), wanted)

    def scores(self, examples: Sequence[Example]) -> Scores:
        """Probabilities [n, labels]."""
        return self._heads.scores(self._embed(examples))

    def _embed(self, examples: Sequence[Example]) -> npt.NDArray[np.float32]:
        """Embeddings, each computed once: the encoder never changes."""
        if self._encoder is None:
            self._encoder = load_encoder(self._base)
        new = list({row.text: row for row in examples if row.text not in self._embedded}.values())
        if new:
            self._embedded.update(zip([row.text for row in new], embed(self._encoder, new), strict=True))
        return np.stack([self._embedded[example.text] for example in examples])


def load_encoder(base: str | Path | None) -> Any:
    """A sentence-transformers model from a folder or hub id, with mean pooling where it names none itself."""
    from sentence_transformers import SentenceTransformer

    from conflict_events.training.base import find_base

    return SentenceTransformer(str(find_base(base).path))


def embed(encoder: Any, examples: Sequence[Example]) -> npt.NDArray[np.float32]:
    """Embeddings of unit length, [n, dimensions]."""
    texts = [example.text for example in examples]
    embeddings = encoder.encode(
        texts, batch_size=64, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
    )
    return np.asarray(embeddings, dtype=np.float32).reshape(len(texts), -1)
