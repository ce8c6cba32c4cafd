"""Time and memory against the number of articles, each size in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from conflict_events.errors import ConflictEventsError
from conflict_events.eval.benchmark.material import Material, write_repeated

SIZES = (100, 1_000, 10_000, 100_000)
_CHILD = "conflict_events.eval.benchmark.tag_process"


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds to tag so many articles, once the model is loaded, and the process's greatest memory."""

    articles: int
    sentences: int
    seconds: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Growth:
    """Runs of growing size."""

    device: str
    runs: tuple[Run, ...]

    @property
    def exponent(self) -> float:
        """The power of the number of sentences that time grows with (1 is linear), fitted on logarithms."""
        sentences = np.log([run.sentences for run in self.runs])
        return float(np.polyfit(sentences, np.log([run.seconds for run in self.runs]), 1)[0])


def measure_growth(
    model: str | None, material: Material, device: str, scratch: Path, sizes: Sequence[int]
) -> Growth:
    """Tag files of so many articles each, the same articles under new ids, duplicates scored again.

    Raises:
        ConflictEventsError: a run failed; its last line of output is told.
    """
    return Growth(device, tuple(_run(model, material, device, scratch, size) for size in sizes))


def _run(model: str | None, material: Material, device: str, scratch: Path, articles: int) -> Run:
    source = write_repeated(material.articles, articles, scratch / f"growth-{articles}.jsonl")
    target = scratch / "growth-events.jsonl"
    command = [sys.executable, "-m", _CHILD, str(source), str(target), device, *([model] if model else [])]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    source.unlink()
    target.unlink(missing_ok=True)
    if result.returncode != 0:
        told = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ConflictEventsError(f"tagging {articles} articles failed: {told}")
    return Run(articles=articles, **json.loads(result.stdout.splitlines()[-1]))
