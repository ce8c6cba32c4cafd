"""A run's curves as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def draw_curves(history: Sequence[Mapping[str, Any]], best_epoch: int, path: Path) -> None:
    """Draw loss and F1 by epoch to a PNG; the kept epoch (from 1) is marked."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    epochs = [row["epoch"] for row in history]
    validated = all("micro_f1" in row for row in history)
    figure = Figure(figsize=(10.0 if validated else 5.0, 4.0), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 2 if validated else 1, squeeze=False)[0]

    axes[0].plot(epochs, [row["train_loss"] for row in history], "o-", color="0.45", label="training")
    if validated:
        axes[0].plot(epochs, [row["validation_loss"] for row in history], "o-", label="validation")
    axes[0].set(title="Loss", xlabel="epoch", ylabel="binary cross-entropy", ylim=(0, None))
    if validated:
        axes[1].plot(epochs, [row["micro_f1"] for row in history], "o-", color="black", label="micro", lw=2.5)
        for label in history[0]["labels"]:
            values = [row["labels"][label]["f1"] for row in history]
            axes[1].plot(epochs, values, "o--", ms=4, label=label)
        axes[1].set(title="F1 on validation data, threshold 0.5", xlabel="epoch", ylabel="F1")
        axes[1].set_ylim(None, 1.0)
    for axis in axes:
        axis.axvline(best_epoch, color="0.8", lw=6, zorder=0, label="kept")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    figure.savefig(path, dpi=120)
