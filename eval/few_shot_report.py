"""Learning curves as a table, a plot and a JSON file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from conflict_events.eval.bootstrap import in_percent
from conflict_events.eval.few_shot_cells import BEST
from conflict_events.pages.whole_file import whole_file, write_whole
from conflict_events.training.data import label_counts

if TYPE_CHECKING:
    from conflict_events.eval.few_shot_cells import Cells

TITLES = {"micro_f1": "micro F1", "macro_f1": "macro F1", "average_precision": "macro average precision"}


def write_curves(cells: Cells, folder: Path) -> None:
    """Write curves.json, curves.md and curves.png; the first system is compared with each of the others."""
    write_whole(folder / "curves.json", json.dumps(describe(cells), indent=1) + "\n")
    write_whole(folder / "curves.md", write_table(cells))
    draw_learning_curves(cells, folder / "curves.png")


def describe(cells: Cells) -> dict[str, Any]:
    """Every figure: of each cell, the means with intervals, and the leads of the first system."""
    first = cells.systems[0]
    return {
        "test": {
            "sentences": len(cells.test),
            "groups": len({example.group for example in cells.test}),
            "labels": label_counts(cells.test, cells.labels),
        },
        "cells": [
            {
                "system": cell.system,
                "size": cell.size,
                "seed": cell.seed,
                "made_from": cell.made_from,
                **{name: round(value, 4) for name, value in figures.items()},
                "seconds": round(cell.seconds, 1),
            }
            for cell in cells.points
            for figures in [cells.figures(cell.system, cell.size, cell.seed)]
        ],
        "means": [
            {"system": system, "size": size, "measure": measure, "value": value, "low": low, "high": high}
            for size, system, measure in _grid(cells)
            for found in [cells.mean(system, size, measure)]
            for value, low, high in [_rounded(found.value, found.low, found.high)]
        ],
        "leads": [
            {"system": first, "over": system, "size": size, "measure": measure}
            | {"value": value, "low": low, "high": high, "p": round(found.p, 4)}
            for size, system, measure in _grid(cells)
            if system != first and cells.seeds(first, system, size=size)
            for found in [cells.lead(first, system, size, measure)]
            for value, low, high in [_rounded(found.value, found.low, found.high)]
        ],
    }


def write_table(cells: Cells) -> str:
    """Means with their intervals, in percent, a row a size and system, and the first system's lead."""
    first = cells.systems[0]
    names = list(TITLES)
    lead = [f"{first}'s lead in {TITLES[name]}" for name in ("micro_f1", "average_precision")]
    lines = [
        ["sentences", "system", *TITLES.values(), "micro F1 at the best threshold", *lead, "samples"],
        ["---"] * (len(names) + len(lead) + 4),
    ]
    for size in cells.sizes:
        for system in cells.systems:
            if not cells.seeds(system, size=size):
                continue
            cell = [str(size), system]
            for name in names:
                found = cells.mean(system, size, name)
                cell.append(in_percent(found))
            seeds = cells.seeds(system, size=size)
            best = [cells.figures(system, size, seed)[BEST] for seed in seeds]
            cell.append(f"{100 * np.mean(best):.1f}")
            for name in ("micro_f1", "average_precision"):
                if system == first or not cells.seeds(first, system, size=size):
                    cell.append("")
                else:
                    ahead = cells.lead(first, system, size, name)
                    cell.append(in_percent(ahead, "+"))
            lines.append([*cell, str(len(seeds))])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def draw_learning_curves(cells: Cells, path: Path) -> None:
    """Means by sample size, with the range over seeds, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from conflict_events.eval.plots import COLOURS

    figure = Figure(figsize=(13, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    for axis, (measure, title) in zip(figure.subplots(1, len(TITLES)), TITLES.items(), strict=True):
        for number, system in enumerate(cells.systems):
            rows = {
                size: [cells.figures(system, size, seed)[measure] for seed in seeds]
                for size in cells.sizes
                if (seeds := cells.seeds(system, size=size))
            }
            colour = COLOURS[number % len(COLOURS)]
            axis.plot(list(rows), [np.mean(row) for row in rows.values()], "o-", color=colour, label=system)
            low, high = list(map(min, rows.values())), list(map(max, rows.values()))
            axis.fill_between(list(rows), low, high, color=colour, alpha=0.12)
        axis.set(title=title, xlabel="labelled sentences", xscale="log", ylim=(0, 1))
        axis.set_xticks(cells.sizes, [str(size) for size in cells.sizes], minor=False)
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=4, fontsize=9)
    with whole_file(path) as stream:
        figure.savefig(stream, format="png", dpi=120, metadata={"Software": None})


def _grid(cells: Cells) -> list[tuple[int, str, str]]:
    return [
        (size, system, measure)
        for size in cells.sizes
        for system in cells.systems
        if cells.seeds(system, size=size)
        for measure in TITLES
    ]


def _rounded(*values: float) -> list[float]:
    return [round(value, 4) for value in values]
