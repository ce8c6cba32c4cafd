"""What it takes to start: wall-clock seconds of whole processes, by turns."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from conflict_events.errors import ConflictEventsError
from conflict_events.eval.benchmark.material import SEEDS
from conflict_events.model_folder import load_model_folder

BARE = "python, doing nothing"
IMPORT = "import conflict_events"
TAG = "conflict-events tag, five seed articles"
PIPELINE = "pipeline, one sentence"


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Seconds of each round."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.seconds)


def measure_cold_start(model: str | None, *, rounds: int) -> tuple[ColdStart, ...]:
    """Start each process once a round, after one that warms the file cache.

    Raises:
        ConflictEventsError: one of them failed.
    """
    folder = load_model_folder(model).path
    named = ["--model", str(folder)] if model else []
    pipeline = (
        "from transformers import pipeline\n"
        f"pipeline('text-classification', model={str(folder)!r}, top_k=None)('The army took the town.')"
    )
    commands = {
        BARE: ["-c", "pass"],
        IMPORT: ["-c", "import conflict_events"],
        TAG: ["-m", "conflict_events.scripts.cli", "tag", str(_seeds()), *named],
        PIPELINE: ["-c", pipeline],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for round_number in range(rounds + 1):
        for name, arguments in commands.items():
            took = _seconds_of(arguments)
            if round_number:
                seconds[name].append(took)
    return tuple(ColdStart(name, tuple(values)) for name, values in seconds.items())


def _seeds() -> Path:
    if not SEEDS.is_dir():
        raise ConflictEventsError("the seed articles are not here: run the benchmark from a checkout")
    return SEEDS


def _seconds_of(arguments: list[str]) -> float:
    started = time.perf_counter()
    result = subprocess.run([sys.executable, *arguments], capture_output=True, encoding="utf-8", check=False)
    took = time.perf_counter() - started
    if result.returncode != 0:
        told = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ConflictEventsError(f"{' '.join(arguments)[:60]} failed: {told}")
    return took
