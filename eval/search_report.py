"""What a search for settings found, as a table and a JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from conflict_events.eval.bootstrap import in_percent
from conflict_events.eval.measure import Outcome, compare, measure
from conflict_events.eval.run import jsonable
from conflict_events.eval.scores import figures
from conflict_events.pages.whole_file import write_whole
from conflict_events.training.settings import Settings

# The measure that decides which trials go on: it needs no thresholds.
MEASURE = ("macro", "average_precision")
F1 = ("micro", "f1")


@dataclass(frozen=True)
class Trial:
    """Settings by their number in the draw, 0 for those to begin with, and what came of them."""

    number: int
    settings: Settings
    chosen_by: Outcome
    measured_on: Outcome

    @cached_property
    def figures(self) -> Mapping[tuple[str, str], float]:
        """Every figure of `scores.figures` on the part that chooses, without an interval."""
        told = self.chosen_by
        found = figures(told.truth, told.scores, told.thresholds, told.labels)
        return {name: float(value[0]) for name, value in found.items()}


def write_search(stages: Sequence[Sequence[Trial]], folder: Path, about: Mapping[str, Any]) -> None:
    """Write search.json and search.md; each appears when it is complete."""
    trials = describe(stages)
    # Settings whole: figures are rounded.
    told = [{**jsonable(trial), "settings": asdict(trial["settings"])} for trial in trials]
    write_whole(folder / "search.json", json.dumps({**about, "trials": told}, indent=1) + "\n")
    write_whole(folder / "search.md", _as_text(trials, about))


def describe(stages: Sequence[Sequence[Trial]]) -> list[dict[str, Any]]:
    """Every trial, in the order of its stage, with its settings and its figures on the part that chose.

    Those of the last stage have, too, their figures on the other part, and how far they are ahead there of
    the settings begun with, on the same resamples.
    """
    described = []
    for stage, trials in enumerate(stages):
        start = next(trial for trial in trials if trial.number == 0)
        for trial in trials:
            told: dict[str, Any] = {
                "stage": stage,
                "trial": trial.number,
                "settings": trial.settings,
                "chosen_by": {" ".join(name): trial.figures[name] for name in (MEASURE, F1)},
            }
            if stage == len(stages) - 1:
                found, ahead = measure(trial.measured_on), compare(trial.measured_on, start.measured_on)
                told["measured"] = {
                    " ".join((row, name)): {"figure": found[row][name], "ahead": ahead[row][name]}
                    for row, name in (MEASURE, F1)
                }
            described.append(told)
    return described


def _as_text(trials: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> str:
    settings = [asdict(trial["settings"]) for trial in trials]
    varied = [name for name in settings[0] if len({each[name] for each in settings}) > 1]
    measures = list(trials[0]["chosen_by"])
    rows = [["trial", *varied, *(f"{name}, chosen by" for name in measures)]]
    for name in measures:
        rows[0] += [f"{name}, measured", "ahead of trial 0"]
    rows.append(["---"] * len(rows[0]))
    for trial, each in zip(trials, settings, strict=True):
        row = [str(trial["trial"]), *(f"{each[name]:g}" for name in varied)]
        row += [f"{100 * value:.1f}" for value in trial["chosen_by"].values()]
        for found in trial.get("measured", dict.fromkeys(measures)).values():
            row.append(in_percent(found["figure"]) if found else "")
            row.append(in_percent(found["ahead"], "+") if found and trial["trial"] else "")
        rows.append(row)
    return (
        f"Learnt from {about['learnt_from']:,} sentences. The {about['chosen_on']:,} that chose which trials "
        f"go on flatter the best of them; the {about['measured_on']:,} others chose nothing. In brackets: "
        "95 % intervals from a bootstrap over groups, which do not speak of other seeds.\n\n"
        + "".join(f"| {' | '.join(row)} |\n" for row in rows)
    )
