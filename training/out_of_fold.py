"""Scores of every example by a model that never saw it, nor its article, nor a near-duplicate of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from conflict_events.training.by_size import settings_by_size
from conflict_events.training.data import Example
from conflict_events.training.encoding import contexts_of
from conflict_events.training.few_shot import train_few_shot
from conflict_events.training.near_duplicates import join_near_duplicates
from conflict_events.training.run import train
from conflict_events.training.settings import Settings
from conflict_events.training.splits import folds


def out_of_fold_scores(
    examples: Sequence[Example],
    *,
    labels: Sequence[str],
    folder: str | Path,
    count: int = 5,
    base: str | Path | None = None,
    settings: Settings | None = None,
    overwrite: bool = False,
) -> npt.NDArray[np.float32]:
    """Train `count` models, each on all parts but one, and score that part; returns [examples, labels].

    All are trained by what fits all `examples` (`settings_by_size`), or by `settings`. The models stay in
    `folder`, a run each, and finished runs are used again; with `overwrite` every run starts over.
    Raises what `train` raises.
    """
    from conflict_events.tagger import EventTagger

    settings = settings or settings_by_size(examples, labels, base)
    seed = (settings or Settings()).seed
    joined = join_near_duplicates(examples)
    place = {example.id: index for index, example in enumerate(joined)}
    scores = np.full((len(joined), len(labels)), np.nan, dtype=np.float32)
    for number, part in enumerate(folds(joined, count, labels=labels, seed=seed), 1):
        held_out = {example.id for example in part}
        rest = [example for example in joined if example.id not in held_out]
        run = Path(folder) / f"fold-{number}-of-{count}"
        if settings is None:
            model = train_few_shot(rest, labels=labels, output=run, base=base, overwrite=overwrite)
        else:
            model = train(rest, labels=labels, output=run, base=base, settings=settings, overwrite=overwrite)
        tagger = EventTagger.from_pretrained(str(model))
        columns = [tagger.labels.index(label) for label in labels]
        contexts = contexts_of(part, tagger.folder.context_sentences)
        found = tagger.score([example.text for example in part], contexts)
        scores[[place[example.id] for example in part]] = found[:, columns]
    return scores
