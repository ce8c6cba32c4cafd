"""SetFit's recipe: tune a sentence encoder on pairs, then fit a logistic regression on its embeddings.

Tunstall et al., Efficient Few-Shot Learning Without Prompts (2022), with the settings of that paper: 20
positive and 20 negative pairs a sentence, one epoch, batches of 16, learning rate 2e-5, cosine similarity
loss. The pairs are drawn here and the loss is that of sentence-transformers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from conflict_events.eval.baselines import Scores, halves, targets
from conflict_events.eval.linear import LogisticHeads, embed, load_encoder
from conflict_events.training.data import Example

PAIRS_A_SENTENCE = 40
BATCH_SIZE = 16
LEARNING_RATE = 2e-5
WARMUP_SHARE = 0.1
MAX_TOKENS = 128


class ContrastiveEncoder:
    """An encoder tuned so that sentences with a label in common lie close, with logistic heads.

    `max_pairs` bounds the work: the paper's number of pairs grows with the examples, and 5,000 sentences
    would take hours on a CPU. With `names` it also learns from two sentences a label that say the label's
    name alone, the setfit package's templated examples. `unlabelled_alike` is that of `draw_pairs`.
    """

    def __init__(
        self,
        labels: Sequence[str],
        *,
        base: str | Path | None = None,
        seed: int = 0,
        max_pairs: int = 20_000,
        names: bool = False,
        unlabelled_alike: bool = True,
    ) -> None:
        self._labels = tuple(labels)
        self._base = base
        self._seed = seed
        self._max_pairs = max_pairs
        self._names = names
        self._unlabelled_alike = unlabelled_alike
        self._encoder: Any = None
        self._heads = LogisticHeads()

    @property
    def thresholds(self) -> npt.NDArray[np.float32]:
        """One half for every label."""
        return halves(self._labels)

    def fit(self, examples: Sequence[Example]) -> None:
        """Tune the encoder from its base weights, then learn the heads. Seeds torch's random generator."""
        if self._names:
            examples = [*examples, *templated_examples(self._labels)]
        wanted = targets(examples, self._labels)
        self._encoder = load_encoder(self._base)
        self._encoder.max_seq_length = MAX_TOKENS
        count = min(self._max_pairs, PAIRS_A_SENTENCE * len(examples))
        pairs, alike = draw_pairs(wanted, count, seed=self._seed, unlabelled_alike=self._unlabelled_alike)
        tune_encoder(self._encoder, [example.text for example in examples], pairs, alike, seed=self._seed)
        self._heads.fit(embed(self._encoder, examples), wanted)

    def scores(self, examples: Sequence[Example]) -> Scores:
        """Probabilities [n, labels]."""
        return self._heads.scores(embed(self._encoder, examples))


def templated_examples(labels: Sequence[str]) -> list[Example]:
    """Two examples a label that say its name, as the setfit package makes them where told to."""
    return [
        Example(f"template:{row}:{copy}", f"This sentence is {label.replace('_', ' ')}", (label,), "template")
        for row, label in enumerate(labels)
        for copy in range(2)
    ]


def draw_pairs(
    wanted: npt.NDArray[np.int64], count: int, *, seed: int, unlabelled_alike: bool = True
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Pairs of rows [up to count, 2] and whether each is alike (1.0, 0.0); half of them are, in random order.

    Two sentences are alike if they share a label, or if neither has any. The setfit package does without the
    latter, as here without `unlabelled_alike`: it pushes sentences with no event apart from each other. Every
    sentence takes its turn as the first of a pair, but those that have no partner of a kind.
    """
    rng = np.random.default_rng(seed)
    kinds = wanted
    if unlabelled_alike:
        kinds = np.column_stack([wanted, wanted.sum(axis=1) == 0])
    # Of the sets of labels that occur: how many rows have each, and which share a label.
    sets, set_of, counts = np.unique(kinds, axis=0, return_inverse=True, return_counts=True)
    shared = sets @ sets.T > 0
    order = rng.permutation(len(wanted))
    sides = []
    for related, similarity in ((shared, 1.0), (~shared, 0.0)):
        partners = (related @ counts - related.diagonal())[set_of]
        if firsts := [row for row in order.tolist() if partners[row]]:
            sides.append((related, similarity, firsts))
    pairs: list[tuple[int, int]] = []
    alike: list[float] = []
    for turn in range(-(-count // 2)):
        for related, similarity, firsts in sides:
            if len(pairs) < count:
                first = firsts[turn % len(firsts)]
                found = np.flatnonzero(related[set_of[first]][set_of])
                pairs.append((first, int(rng.choice(found[found != first]))))
                alike.append(similarity)
    shuffled = rng.permutation(len(pairs))
    return (
        np.array(pairs, dtype=np.int64).reshape(-1, 2)[shuffled],
        np.array(alike, dtype=np.float32)[shuffled],
    )


def tune_encoder(
    encoder: Any,
    texts: Sequence[str],
    pairs: npt.NDArray[np.int64],
    alike: npt.NDArray[np.float32],
    *,
    seed: int,
) -> None:
    """One epoch over the pairs with the cosine similarity loss; the rate climbs, then falls linearly."""
    import torch
    from sentence_transformers.losses import CosineSimilarityLoss
    from sentence_transformers.util import batch_to_device

    torch.manual_seed(seed)
    loss_of = CosineSimilarityLoss(encoder)
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=LEARNING_RATE)
    steps = -(-len(pairs) // BATCH_SIZE)
    warmup = max(1, round(WARMUP_SHARE * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, (steps - step) / max(1, steps - warmup))
    )
    encoder.train()
    for start in range(0, len(pairs), BATCH_SIZE):
        batch = pairs[start : start + BATCH_SIZE]
        sides = [encoder.tokenize([texts[row] for row in column]) for column in batch.T]
        on_device = [batch_to_device(side, encoder.device) for side in sides]
        wanted = torch.from_numpy(alike[start : start + BATCH_SIZE]).to(encoder.device)
        loss_of(on_device, wanted).backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    encoder.eval()
