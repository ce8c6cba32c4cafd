"""A benchmark as a page of tables, as JSON, and as two plots."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from conflict_events.eval.benchmark.cold_start import PIPELINE
from conflict_events.eval.benchmark.parity import TOLERATED
from conflict_events.eval.benchmark.plots import plot_growth, plot_memory, plot_throughput
from conflict_events.eval.benchmark.run import Benchmark
from conflict_events.eval.benchmark.throughput import Throughput
from conflict_events.pages.whole_file import write_whole

REASONS = {
    "model": "matrix products, which fill the arithmetic units; the last layer computes one token alone",
    "tokenising": "the Rust tokenizer; it runs beside the model and is bound by normalising Unicode",
    "cleaning and splitting": "regular expressions and nupunkt, in Python, in a thread beside the model",
    "sorting and padding": "numpy, once a batch",
    "reading": "JSON and the mending of encodings, in a thread beside the model",
    "writing": "JSON with every score of every sentence",
}


def write_report(benchmark: Benchmark, folder: Path) -> list[Path]:
    """Write benchmark.md, benchmark.json and the plots of the sections that were run; the files' paths."""
    folder.mkdir(parents=True, exist_ok=True)
    page, data = folder / "benchmark.md", folder / "benchmark.json"
    write_whole(page, "\n".join(page_lines(benchmark)) + "\n")
    write_whole(data, json.dumps(asdict(benchmark), indent=1, default=str) + "\n")
    plots = [plot_throughput(one, folder) for one in benchmark.throughput]
    if benchmark.growth:
        plots.append(plot_growth(benchmark.growth, folder))
    if benchmark.memory:
        plots.append(plot_memory(benchmark.memory, folder))
    return [page, data, *plots]


def page_lines(benchmark: Benchmark) -> Iterator[str]:
    """The page, line by line."""
    machine = benchmark.machine
    yield "# Speed"
    yield ""
    gpu = f"; {machine.gpu}" if machine.gpu else ""
    packages = ", ".join(f"{name} {version}" for name, version in machine.packages.items())
    yield f"{machine.processor}, {machine.cores} cores, {machine.threads} threads for every alternative{gpu}."
    yield f"{machine.system}; {packages}."
    yield f"Model {benchmark.model}." + (f" Made by `{benchmark.command}`." if benchmark.command else "")
    yield ""
    yield (
        f"Material: {benchmark.material}, {benchmark.articles:,} articles with {benchmark.sentences:,} "
        f"sentences, {benchmark.different_sentences:,} of them different; duplicates are scored again. "
        f"Medians of {benchmark.plan.rounds} rounds, alternatives by turns."
    )
    for throughput in benchmark.throughput:
        yield from _throughput(throughput)
    yield from _end_to_end(benchmark)
    yield from _cold_start(benchmark)
    yield from _parity(benchmark)
    yield from _training(benchmark)
    yield from _growth(benchmark)
    yield from _memory(benchmark)


def _throughput(throughput: Throughput) -> Iterator[str]:
    rows = [
        (rate.name, f"{rate.median:,.0f}", _spread(rate.rounds), f"{throughput.ratio_to(rate):.2f}")
        for rate in sorted(throughput.rates, key=lambda rate: -rate.median)
    ]
    head = ("from sentences to scores", "sentences/s", "least to most", f"{throughput.ours} is faster by")
    yield from _section(f"Throughput on {throughput.device}", head, rows)
    if throughput.peak_gpu_bytes:
        yield f"\nPeak GPU memory of the tagger's activations: {throughput.peak_gpu_bytes / 2**20:,.0f} MiB."


def _end_to_end(benchmark: Benchmark) -> Iterator[str]:
    rows = [
        (
            one.device,
            f"{one.articles:,}",
            f"{one.sentences:,}",
            f"{statistics.median(one.whole):,.0f}",
            f"{statistics.median(one.model_only):,.0f}",
            f"{one.share:.0%}",
        )
        for one in benchmark.end_to_end
    ]
    head = ("device", "articles", "sentences", "end to end, sentences/s", "model only, sentences/s", "share")
    yield from _section("From JSONL articles to JSONL events", head, rows)
    for one in benchmark.end_to_end:
        total = sum(stage.core_seconds_a_sentence for stage in one.stages)
        stages = [
            (
                stage.name,
                f"{1e6 * stage.core_seconds_a_sentence:,.1f}",
                f"{stage.core_seconds_a_sentence / total:.1%}",
                REASONS[stage.name],
            )
            for stage in sorted(one.stages, key=lambda stage: -stage.core_seconds_a_sentence)
        ]
        columns = ("work", "processor µs a sentence", "share", "why it stays")
        yield from _section(f"Where the time goes, {one.device}", columns, stages)


def _cold_start(benchmark: Benchmark) -> Iterator[str]:
    slowest = next((one.median for one in benchmark.cold_start if one.name == PIPELINE), 0.0)
    rows = [
        (
            one.name,
            f"{one.median:.2f}",
            f"{min(one.seconds):.2f} to {max(one.seconds):.2f}",
            f"{slowest / one.median:.1f}",
        )
        for one in benchmark.cold_start
    ]
    head = ("process", "seconds", "least to most", "faster than the pipeline by")
    yield from _section("Cold start", head, rows)


def _parity(benchmark: Benchmark) -> Iterator[str]:
    rows = [
        (
            f"{one.name} on {one.device}{' (chosen)' if one.automatic else ''}",
            f"{one.sentences:,}",
            f"{one.greatest:.4f}",
            f"{one.mean:.5f}",
            f"{one.changed:.3%}",
            "yes" if one.passes else "NO",
        )
        for one in benchmark.parity
    ]
    head = (
        "against torch fp32 on cpu",
        "sentences",
        "greatest difference",
        "mean",
        "decisions changed",
        "passes",
    )
    yield from _section(f"Parity (at most {TOLERATED:.1%} of decisions may change)", head, rows)


def _training(benchmark: Benchmark) -> Iterator[str]:
    rows = [
        (
            f"{one.sentences:,}",
            str(one.epochs),
            f"{one.ours:.1f}",
            f"{one.plain_trainer:.1f}",
            f"{one.plain_trainer / one.ours:.2f}",
        )
        for one in benchmark.training
    ]
    head = ("sentences", "epochs", "scripts/train.py, seconds", "plain Trainer, seconds", "faster by")
    yield from _section("Training", head, rows)


def _growth(benchmark: Benchmark) -> Iterator[str]:
    for growth in benchmark.growth:
        rows = [
            (
                f"{run.articles:,}",
                f"{run.sentences:,}",
                f"{run.seconds:,.1f}",
                f"{run.sentences / run.seconds:,.0f}",
                f"{run.peak_bytes / 2**20:,.0f}",
            )
            for run in growth.runs
        ]
        head = ("articles", "sentences", "seconds", "sentences/s", "peak memory, MiB")
        yield from _section(f"Growth on {growth.device}", head, rows)
        if len(growth.runs) > 1:
            yield f"\nTime grows with the number of sentences to the power of {growth.exponent:.3f}."


def _memory(benchmark: Benchmark) -> Iterator[str]:
    for memory in benchmark.memory:
        rows = [
            (
                f"{run.articles:,}",
                f"{run.input_bytes / 2**20:,.1f}",
                f"{run.seconds:,.1f}",
                f"{run.peak_bytes / 2**20:,.0f}",
            )
            for run in memory.runs
        ]
        head = ("articles of one sentence", "input, MiB", "seconds", "peak memory, MiB")
        yield from _section(f"Memory of a run into a folder on {memory.device}", head, rows)


def _section(title: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    lines = list(rows)
    if not lines:
        return
    yield f"\n## {title}\n"
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for row in lines:
        yield f"| {' | '.join(row)} |"


def _spread(values: tuple[float, ...]) -> str:
    return f"{min(values):,.0f} to {max(values):,.0f}"
