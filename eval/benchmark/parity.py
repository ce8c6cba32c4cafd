"""The parity gate: every runtime and precision against torch in fp32, on the scores and on the decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from conflict_events import EventTagger
from conflict_events.eval.benchmark.ways import name_of, ways

Scores = npt.NDArray[np.float32]

TOLERATED = 0.001


@dataclass(frozen=True, slots=True)
class Parity:
    """How far a way to compute is from the reference.

    `changed` is the share of decisions (sentences times labels, at the thresholds) that differ; `automatic`
    says whether the way is one that is chosen without being asked for.
    """

    name: str
    device: str
    automatic: bool
    sentences: int
    greatest: float
    mean: float
    changed: float

    @property
    def passes(self) -> bool:
        """Whether no more decisions changed than are tolerated."""
        return self.changed <= TOLERATED


def measure_parity(model: str | None, sentences: Sequence[str], device: str) -> tuple[Parity, ...]:
    """Compare on different sentences; ways that this machine cannot go are left out.

    Each sentence has the one before it in the sequence as its context, which models without context ignore.
    """
    reference = EventTagger.from_pretrained(model, device="cpu", runtime="torch", precision="fp32")
    expected = reference.score(sentences, _contexts(sentences))
    bounds = np.array([reference.thresholds[label] for label in reference.labels], np.float32)
    chosen = name_of(EventTagger.from_pretrained(model, device=device))
    return tuple(
        _compared(tagger, sentences, expected, bounds, automatic=name_of(tagger) == chosen)
        for tagger in ways(model, device)
        if (device, name_of(tagger)) != ("cpu", name_of(reference))
    )


def _contexts(sentences: Sequence[str]) -> list[str]:
    return ["", *sentences[:-1]]


def _compared(
    tagger: EventTagger, sentences: Sequence[str], expected: Scores, bounds: Scores, *, automatic: bool
) -> Parity:
    scores = tagger.score(sentences, _contexts(sentences))
    difference = np.abs(scores - expected)
    return Parity(
        name_of(tagger),
        tagger.runtime.device,
        automatic,
        len(sentences),
        float(difference.max()),
        float(difference.mean()),
        float(((scores >= bounds) != (expected >= bounds)).mean()),
    )
