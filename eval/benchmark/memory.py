"""Memory while a run goes on: `conflict-events tag` into a folder, in a process of its own, sampled.

Each article is one sentence of the material under an id of its own, so that many articles take little time,
and what grows with their number would show. Resident memory is read from `/proc/PID/status`, its peak as the
system itself counted it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conflict_events.errors import ConflictEventsError
from conflict_events.eval.benchmark.material import Material

SIZES = (1_000, 10_000, 100_000, 1_000_000)
_SAMPLES = 200
_FIRST_INTERVAL = 0.1


@dataclass(frozen=True, slots=True)
class Sample:
    """Resident memory so many seconds after the process started."""

    seconds: float
    bytes: int


@dataclass(frozen=True, slots=True)
class MemoryRun:
    """A run over so many articles: its seconds from start to end, its peak, and its memory over time."""

    articles: int
    seconds: float
    peak_bytes: int
    input_bytes: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """Runs of growing size."""

    device: str
    runs: tuple[MemoryRun, ...]


def measure_memory(
    model: str | None, material: Material, device: str, scratch: Path, sizes: Sequence[int]
) -> Memory:
    """Run the command on files of so many short articles each.

    Raises:
        ConflictEventsError: a run failed, or this system has no /proc to read memory from.
    """
    if not Path("/proc/self/status").exists():
        raise ConflictEventsError("memory is read from /proc, which Linux alone has: leave this section out")
    return Memory(device, tuple(_run(model, material, device, scratch, size) for size in sizes))


def write_short_articles(sentences: Sequence[str], count: int, file: Path) -> Path:
    """Write `count` articles of one sentence as JSONL: those given, again and again, numbered to differ.

    Sentences that are the same would be scored once, and take less memory than real ones.
    """
    with file.open("w", encoding="utf-8") as stream:
        for number in range(count):
            row = {"id": f"short-{number}", "text": f"On day {number} {sentences[number % len(sentences)]}"}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    return file


def _run(model: str | None, material: Material, device: str, scratch: Path, articles: int) -> MemoryRun:
    source = write_short_articles(material.sentences, articles, scratch / f"memory-{articles}.jsonl")
    target = scratch / f"memory-{articles}"
    command = [sys.executable, "-m", "conflict_events.scripts.cli", "tag", str(source), "--device", device]
    command += ["-o", str(target), "--format", "parquet", *(["--model", model] if model else [])]
    errors = scratch / "memory-errors.txt"
    started = time.perf_counter()
    with errors.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
    try:
        samples, peak = _sampled(process, started)
    finally:
        process.kill()
        process.wait()
    seconds = time.perf_counter() - started
    if process.returncode != 0:
        told = (errors.read_text(encoding="utf-8").strip().splitlines() or ["no reason given"])[-1]
        raise ConflictEventsError(f"tagging {articles} articles failed: {told}")
    size = source.stat().st_size
    source.unlink()
    return MemoryRun(articles, seconds, peak, size, tuple(samples))


def _sampled(process: subprocess.Popen[bytes], started: float) -> tuple[list[Sample], int]:
    """Memory until the process ends; the longer it takes, the further apart, every other sample dropped."""
    samples: list[Sample] = []
    peak, interval = 0, _FIRST_INTERVAL
    while process.poll() is None:
        now, highest = _resident(process.pid)
        if now:
            samples.append(Sample(time.perf_counter() - started, now))
            peak = max(peak, highest)
        if len(samples) >= _SAMPLES:
            samples, interval = samples[::2], 2 * interval
        time.sleep(interval)
    return samples, peak


def _resident(process: int) -> tuple[int, int]:
    """Resident memory of a process now and at its highest, in bytes; zeros once it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0, 0
    values = dict(line.split(":", 1) for line in lines if ":" in line)
    kilobytes = [int(values.get(name, "0").split()[0]) for name in ("VmRSS", "VmHWM")]
    return 1024 * kilobytes[0], 1024 * kilobytes[1]
