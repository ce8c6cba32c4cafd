"""The benchmark's plots, legible on a light and on a dark page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conflict_events.eval.benchmark.growth import Growth
from conflict_events.eval.benchmark.memory import Memory
from conflict_events.eval.benchmark.throughput import Throughput
from conflict_events.eval.plots import COLOURS, INK
from conflict_events.pages.whole_file import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_throughput(throughput: Throughput, folder: Path) -> Path:
    """Sentences a second of every alternative on a logarithmic axis."""
    ordered = sorted(throughput.rates, key=lambda rate: rate.median)
    figure, axis = _panel(8, 0.42 * len(ordered) + 1)
    colours = [COLOURS[1] if rate.name == throughput.ours else COLOURS[0] for rate in ordered]
    bars = axis.barh([rate.name for rate in ordered], [rate.median for rate in ordered], color=colours)
    axis.bar_label(bars, fmt="{:,.0f}", padding=3, color=INK)
    axis.set(xscale="log", xlabel=f"sentences a second on {throughput.device} (logarithmic)")
    axis.margins(x=0.12)
    return _save(figure, folder / f"throughput-{throughput.device}.png")


def plot_growth(growths: tuple[Growth, ...], folder: Path) -> Path:
    """Seconds against number of articles, with the line of proportion through the last point."""
    figure, axis = _panel(6, 4)
    for growth, colour in zip(growths, COLOURS, strict=False):
        articles = [run.articles for run in growth.runs]
        seconds = [run.seconds for run in growth.runs]
        axis.plot(articles, seconds, marker="o", color=colour, label=f"{growth.device}, measured")
        line = [seconds[-1] * count / articles[-1] for count in articles]
        axis.plot(articles, line, color=INK, linewidth=0.8, linestyle="--", label="in proportion")
    axis.set(xscale="log", yscale="log", xlabel="articles", ylabel="seconds")
    axis.legend(frameon=False, labelcolor=INK)
    return _save(figure, folder / "growth.png")


def plot_memory(memories: tuple[Memory, ...], folder: Path) -> Path:
    """Resident memory over each run, on an axis of the run's own time from 0 to 1."""
    figure, axis = _panel(6, 4)
    for memory in memories:
        for run, colour in zip(memory.runs, COLOURS, strict=False):
            share = [sample.seconds / run.seconds for sample in run.samples]
            mebibytes = [sample.bytes / 2**20 for sample in run.samples]
            axis.plot(share, mebibytes, color=colour, label=f"{run.articles:,} articles")
    axis.set(xlabel="share of the run's time", ylabel="resident memory, MiB")
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False, labelcolor=INK)
    return _save(figure, folder / "memory.png")


def _panel(width: float, height: float) -> tuple[Figure, Axes]:
    """One panel in inches, without the global state of pyplot."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axis = figure.subplots()
    axis.set_facecolor("none")
    axis.tick_params(colors=INK, labelsize=8)
    axis.xaxis.label.set(color=INK, fontsize=9)
    axis.yaxis.label.set(color=INK, fontsize=9)
    for spine in axis.spines.values():
        spine.set_color(INK)
    return figure, axis


def _save(figure: Figure, file: Path) -> Path:
    # Without metadata the same figures give the same bytes.
    with whole_file(file) as stream:
        figure.savefig(stream, format="png", dpi=144, transparent=True, metadata={"Software": None})
    return file
