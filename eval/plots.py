"""Reliability and precision-recall curves as PNG, legible on a light and on a dark page."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from conflict_events.eval.measure import Outcome
from conflict_events.eval.scores import precision_recall_points, reliability

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Between black and white, on a transparent ground.
INK = "#808890"
COLOURS = ("#3b82c4", "#d9772b", "#c2484f", "#3f9a6b", "#8d6cc7", "#a88a2a", "#4aa3a8", "#b4609b")


def reliability_plot(outcome: Outcome) -> bytes:
    """For each label: share of positives against mean score, by bin; a dot's area grows with its bin."""
    figure, axes = _panels(outcome)
    truth = outcome.truth
    for column, (label, axis) in enumerate(zip(outcome.labels, axes, strict=True)):
        score, positive, size = reliability(truth[:, column], outcome.scores[:, column])
        filled = size > 0
        area = 12 + 160 * np.sqrt(size[filled] / size.sum())
        colour = COLOURS[column % len(COLOURS)]
        axis.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle="--")
        axis.plot(score[filled], positive[filled], color=colour, linewidth=1.2)
        axis.scatter(score[filled], positive[filled], s=area, color=colour, alpha=0.75, linewidths=0)
        axis.set(title=label, xlabel="score", xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
    axes[0].set_ylabel("share that has the label")
    return _png(figure)


def precision_recall_plot(outcomes: list[Outcome]) -> bytes:
    """For each label: precision against recall for every system; a dot where a system's thresholds put it."""
    figure, axes = _panels(outcomes[0])
    for column, (label, axis) in enumerate(zip(outcomes[0].labels, axes, strict=True)):
        for number, outcome in enumerate(outcomes):
            truth, colour = outcome.truth[:, column], COLOURS[number % len(COLOURS)]
            recall, precision = precision_recall_points(truth, outcome.scores[:, column])
            # Decisions of 0 and 1 make no curve: their dot says all.
            curve = slice(None) if len(recall) > 2 else slice(0)
            axis.step(
                recall[curve],
                precision[curve],
                where="pre",
                color=colour,
                linewidth=1.8 if number == 0 else 1.0,
                label=outcome.system,
                zorder=len(outcomes) - number,
            )
            decided = outcome.decided[:, column]
            hits = float((truth & decided).sum())
            if truth.any() and decided.any():
                axis.plot(hits / truth.sum(), hits / decided.sum(), "o", markersize=5, color=colour)
        axis.set(title=label, xlabel="recall", xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
    axes[0].set_ylabel("precision")
    if len(outcomes) > 1:
        handles, names = axes[0].get_legend_handles_labels()
        legend = figure.legend(
            handles, names, loc="outside lower center", ncols=min(6, len(names)), frameon=False, fontsize=8
        )
        for text in legend.get_texts():
            text.set_color(INK)
    return _png(figure)


def _panels(outcome: Outcome) -> tuple[Figure, list[Any]]:
    """A row of one panel a label, without the global state of pyplot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = len(outcome.labels)
    figure = Figure(figsize=(2.75 * max(count, 2), 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = list(figure.subplots(1, count, squeeze=False)[0])
    for axis in axes:
        axis.set_facecolor("none")
        axis.tick_params(colors=INK, labelsize=8)
        axis.xaxis.label.set(color=INK, fontsize=9)
        axis.yaxis.label.set(color=INK, fontsize=9)
        axis.title.set(color=INK, fontsize=10)
        axis.grid(color=INK, alpha=0.2, linewidth=0.6)
        for spine in axis.spines.values():
            spine.set_color(INK)
    return figure, axes


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    # Without metadata the same figures give the same bytes.
    figure.savefig(buffer, format="png", dpi=144, transparent=True, metadata={"Software": None})
    return buffer.getvalue()
