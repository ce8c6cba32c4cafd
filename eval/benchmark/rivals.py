"""The alternatives: what one would write without this package, each at its best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from conflict_events import EventTagger
from conflict_events.eval.benchmark.rounds import Case, rates

ONE_BY_ONE = "pipeline, one by one"
BEST_BATCH = "pipeline, best batch size"
ENCODE_AND_HEAD = "sentence-transformers encode + linear head"
TFIDF = "TF-IDF + logistic regression"
_BATCH_SIZES = (2, 4, 8, 16, 32, 64, 128, 256)
_TRIAL_SECONDS = 1.0
_TRIAL_ROUNDS = 3
_HEAD_SEED = 0


def tagger_case(tagger: EventTagger, name: str) -> Case:
    """The tagger from sentences to scores; duplicates are scored again, as the rivals do."""
    return Case(name, lambda sentences: tagger.score(sentences, deduplicate=False))


def pipeline_cases(
    folder: Path, device: str, sentences: Sequence[str], *, precision: str = "fp32"
) -> list[Case]:
    """The pipeline of transformers, one by one and at the batch size that is fastest here."""
    import torch
    from transformers import pipeline

    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    pipe: Any = pipeline("text-classification", model=str(folder), top_k=None, device=device, dtype=dtype)

    def case(name: str, size: int) -> Case:
        return Case(name, lambda given: list(pipe(list(given), batch_size=size, truncation=True)))

    trials = [case(str(size), size) for size in _BATCH_SIZES]
    with _quiet():
        measured = rates(trials, sentences, rounds=_TRIAL_ROUNDS, seconds=_TRIAL_SECONDS)
    best = max(measured, key=lambda rate: rate.median).name
    detail = "" if precision == "fp32" else f", {precision}"
    return [case(ONE_BY_ONE + detail, 1), case(f"{BEST_BATCH} ({best}){detail}", int(best))]


def encode_case(device: str, labels: int) -> Case:
    """Embeddings of all-MiniLM-L6-v2 and a logistic head on them, the way of SetFit (Tunstall et al., 2022).

    The head's weights are drawn at random: its cost does not depend on them.
    """
    from sentence_transformers import SentenceTransformer

    from conflict_events.training.base import find_base

    encoder = SentenceTransformer(str(find_base().path), device=device)
    head = np.random.default_rng(_HEAD_SEED).normal(size=(encoder.encode(["a"]).shape[1], labels))

    def run(sentences: Sequence[str]) -> object:
        embeddings = encoder.encode(list(sentences), batch_size=64, show_progress_bar=False)
        return 1 / (1 + np.exp(-np.asarray(embeddings) @ head))

    return Case(ENCODE_AND_HEAD, run)


def tfidf_case(sentences: Sequence[str], labels: int) -> Case:
    """Words and pairs of them weighed by TF-IDF, and a logistic head of random weights: the floor of cost."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(sentences)
    head = np.random.default_rng(_HEAD_SEED).normal(size=(len(vectorizer.vocabulary_), labels))
    return Case(TFIDF, lambda given: 1 / (1 + np.exp(-(vectorizer.transform(given) @ head))))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the advice that the pipeline prints on GPUs."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)
