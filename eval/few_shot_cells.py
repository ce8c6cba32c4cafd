"""The cells of learning curves: what systems said of one test part, by sample size and seed, in a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from conflict_events.errors import DataError
from conflict_events.eval.bootstrap import (
    Difference,
    Estimate,
    difference,
    estimate,
    group_indices,
    group_weights,
)
from conflict_events.eval.scores import figures
from conflict_events.training.data import Example
from conflict_events.training.few_shot import VERSION

FILE = "scores.npz"
# Measures of a cell, and where `scores.figures` has them.
MEASURES = {
    "micro_f1": ("micro", "f1"),
    "macro_f1": ("macro", "f1"),
    "average_precision": ("macro", "average_precision"),
}
# F1 at the one threshold for all labels that is best on the test part itself: no system can know it, but no
# system's figure suffers from thresholds either.
BEST = "best_micro_f1"
RESAMPLES = 1000
_GRID = np.arange(0.02, 0.99, 0.02)


@dataclass(frozen=True)
class Cell:
    """Scores [n, labels] of the test part by a system that learnt from one sample, its thresholds [labels],
    how long learning and scoring took, and what it was made from (a base, a number of pairs)."""

    system: str
    size: int
    seed: int
    scores: npt.NDArray[np.float32]
    thresholds: npt.NDArray[np.float32]
    seconds: float
    made_from: str = ""


class Cells:
    """Cells by (system, size, seed), in a folder, all on the same test part."""

    def __init__(
        self,
        folder: Path,
        labels: Sequence[str],
        test: Sequence[Example],
        pool: Sequence[Example],
        made_from: Mapping[str, str] | None = None,
    ) -> None:
        """Take up what the folder holds.

        `pool` is what samples are drawn from; `made_from` says of systems what they are made from.

        Raises DataError if what is there was measured on other sentences, with samples of others, with
        another version of the recipe, or with a system that was made from something else.
        """
        self.labels = tuple(labels)
        self.test = tuple(test)
        self._pool_hash = self._hash(pool)
        self._made_from = made_from or {}
        self._file = folder / FILE
        self._cells: dict[tuple[str, int, int], Cell] = {}
        rows = [[label in example.labels for label in labels] for example in test]
        self._truth = np.array(rows, dtype=bool)
        self._group, groups = group_indices([example.group for example in test])
        self._weights = group_weights(groups, resamples=RESAMPLES)
        self._resampled: dict[tuple[str, int, int, str], npt.NDArray[np.float64]] = {}
        if self._file.exists():
            self._read()

    def __contains__(self, key: tuple[str, int, int]) -> bool:
        return key in self._cells

    @property
    def points(self) -> list[Cell]:
        """All cells, in the order in which they were measured."""
        return list(self._cells.values())

    @property
    def systems(self) -> list[str]:
        """The systems, by first appearance."""
        return list(dict.fromkeys(cell.system for cell in self._cells.values()))

    @property
    def sizes(self) -> list[int]:
        """The sizes of samples, smallest first."""
        return sorted({cell.size for cell in self._cells.values()})

    def add(self, cell: Cell) -> None:
        """Take up a cell and write the file anew."""
        cell = replace(cell, made_from=self._made_from.get(cell.system, ""))
        self._cells[cell.system, cell.size, cell.seed] = cell
        self._write()

    def seeds(self, *systems: str, size: int) -> list[int]:
        """The seeds that all of these systems were measured with at this size."""
        found = [
            {seed for name, of, seed in self._cells if (name, of) == (system, size)} for system in systems
        ]
        return sorted(set.intersection(*found)) if found else []

    def figures(self, system: str, size: int, seed: int) -> dict[str, float]:
        """The measures of one cell."""
        cell = self._cells[system, size, seed]
        found = figures(self._truth, cell.scores, cell.thresholds, self.labels)
        return {name: float(found[place][0]) for name, place in MEASURES.items()} | {BEST: self._best(cell)}

    def mean(self, system: str, size: int, measure: str) -> Estimate:
        """A measure, averaged over seeds, with an interval that speaks of the test part and of the samples.

        Groups of the test part are drawn anew and, apart from that, the seeds.
        """
        seeds = self.seeds(system, size=size)
        value = np.mean([self.figures(system, size, seed)[measure] for seed in seeds])
        return estimate(float(value), self._draws(system, size, seeds, measure))

    def lead(self, system: str, other: str, size: int, measure: str) -> Difference:
        """How much larger a measure is for `system` than for `other`, on the same samples and resamples."""
        seeds = self.seeds(system, other, size=size)
        values = [
            self.figures(system, size, seed)[measure] - self.figures(other, size, seed)[measure]
            for seed in seeds
        ]
        draws = self._draws(system, size, seeds, measure) - self._draws(other, size, seeds, measure)
        return difference(float(np.mean(values)), draws)

    def _draws(self, system: str, size: int, seeds: Sequence[int], measure: str) -> npt.NDArray[np.float64]:
        """The measure in every resample, [resamples]; the same seeds are drawn for every system."""
        by_seed = []
        for seed in seeds:
            key = (system, size, seed, measure)
            if key not in self._resampled:
                cell = self._cells[system, size, seed]
                found = figures(
                    self._truth,
                    cell.scores,
                    cell.thresholds,
                    self.labels,
                    group=self._group,
                    weights=self._weights,
                )
                for name, place in MEASURES.items():
                    self._resampled[system, size, seed, name] = found[place]
            by_seed.append(self._resampled[key])
        drawn = np.random.default_rng(0).integers(len(seeds), size=(RESAMPLES, len(seeds)))
        values: npt.NDArray[np.float64] = np.stack(by_seed, axis=1)[
            np.arange(RESAMPLES)[:, None], drawn
        ].mean(axis=1)
        return values

    def _best(self, cell: Cell) -> float:
        decided = cell.scores[None] >= _GRID[:, None, None]
        hits = (decided & self._truth).sum(axis=(1, 2))
        return float((2 * hits / (decided.sum(axis=(1, 2)) + self._truth.sum())).max())

    def _hash(self, examples: Sequence[Example]) -> str:
        told = [(example.id, example.text, example.labels) for example in examples]
        return hashlib.sha256(repr((self.labels, told)).encode()).hexdigest()

    def _write(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        cells = self.points
        keys = [[cell.system, cell.size, cell.seed, round(cell.seconds, 1), cell.made_from] for cell in cells]
        temporary = self._file.with_suffix(".tmp.npz")
        np.savez_compressed(
            temporary,
            test=np.array(self._hash(self.test)),
            pool=np.array(self._pool_hash),
            recipe=np.array(VERSION),
            cells=np.array(json.dumps(keys)),
            scores=np.stack([cell.scores for cell in cells]),
            thresholds=np.stack([cell.thresholds for cell in cells]),
        )
        temporary.replace(self._file)

    def _read(self) -> None:
        with np.load(self._file, allow_pickle=False) as kept:
            if str(kept["test"]) != self._hash(self.test):
                raise self._other("measured on other sentences or labels")
            if "pool" not in kept:
                raise self._other("of an earlier version, which kept no account of its samples")
            if "recipe" not in kept or int(kept["recipe"]) != VERSION:
                raise self._other("measured with an earlier recipe for few sentences")
            if str(kept["pool"]) != self._pool_hash:
                raise self._other("measured with samples of other sentences")
            for key, scores, thresholds in zip(
                json.loads(str(kept["cells"])), kept["scores"], kept["thresholds"], strict=True
            ):
                system, size, seed, seconds, made_from = key
                now = self._made_from.get(system, made_from)
                if now != made_from:
                    raise self._other(f"{system} was made from {made_from or 'nothing'}, and not from {now}")
                cell = Cell(system, size, seed, scores.astype(np.float32), thresholds, seconds, made_from)
                self._cells[system, size, seed] = cell

    def _other(self, what: str) -> DataError:
        return DataError(f"{self._file}: {what}; name another folder for the curves")
