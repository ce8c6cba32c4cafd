"""The report of an evaluation run: one HTML page that holds its plots and can be read without a network."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conflict_events.eval.bootstrap import Difference, Estimate
from conflict_events.eval.checklist import Tally, fails_too_often
from conflict_events.eval.measure import Differences, Measures
from conflict_events.eval.plots import precision_recall_plot, reliability_plot
from conflict_events.eval.run import REPORT, Measured, Run, mistakes, write_result
from conflict_events.pages.whole_file import write_whole

TEMPLATES = Path(__file__).with_name("templates")
# As many mistakes and behaviour failures as anybody reads; result.json has the ids of all.
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as it is shown: its text, the lines below it, and "better", "worse" or "" for neither."""

    text: str
    below: tuple[str, ...] = ()
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """How a measure is shown: its heading, where it stands in the measures, its factor, what is better."""

    heading: str
    row: str
    name: str
    factor: float = 100
    more_is_better: bool = True

    def cell(self, measures: Measures) -> Cell:
        """The figure and its interval."""
        return estimate_cell(measures[self.row][self.name], self.factor)

    def difference_cell(self, differences: Differences) -> Cell:
        """The difference of two systems in it, and its interval."""
        found = differences[self.row][self.name]
        return difference_cell(found, factor=self.factor, more_is_better=self.more_is_better)


OVERALL = (
    Measure("micro F1", "micro", "f1"),
    Measure("precision", "micro", "precision"),
    Measure("recall", "micro", "recall"),
    Measure("macro F1", "macro", "f1"),
    Measure("mean average precision", "macro", "average_precision"),
    Measure("exact match", "all", "exact_match"),
    Measure("calibration error", "micro", "calibration_error", more_is_better=False),
    Measure("false alarms per 1,000", "all", "false_alarms_per_1000", factor=1, more_is_better=False),
)
PER_LABEL = (
    ("precision", "precision"),
    ("recall", "recall"),
    ("F1", "f1"),
    ("average precision", "average_precision"),
    ("calibration error", "calibration_error"),
)


def write_report(run: Run, folder: str | Path, *, show_text: bool = True) -> Path:
    """Write report.html, result.json, scores.npz and the plots to a folder; returns the page's path.

    `show_text` False leaves sentences out of the page, for results of text that may not be passed on. Raises
    MissingExtraError where Jinja2 is not installed.
    """
    folder = Path(folder)
    write_result(run, folder)
    plots = {
        "reliability": reliability_plot(run.systems[0].outcome),
        "precision_recall": precision_recall_plot([measured.outcome for measured in run.systems]),
    }
    for name, png in plots.items():
        write_whole(folder / f"{name}.png", png)
    page = folder / REPORT
    write_whole(page, render_report(run, plots, show_text=show_text))
    return page


def render_report(run: Run, plots: Mapping[str, bytes], *, show_text: bool = True) -> str:
    """The page as text; `plots` are the PNGs of reliability and precision_recall."""
    from conflict_events.pages.label_styles import label_styles
    from conflict_events.pages.templates import render

    first = run.systems[0]
    found = mistakes(first.outcome)
    behaviour = first.behaviour
    values = {
        "labels": label_styles(run.labels),  # for the shared style sheet
        "run": run,
        "first": first,
        "sentences": len(first.outcome.examples),
        "groups": len({example.group for example in first.outcome.examples}),
        "show_text": show_text,
        "headings": [measure.heading for measure in OVERALL],
        "overall": [(measured, overall_cells(measured)) for measured in run.systems],
        "label_headings": [heading for heading, _ in PER_LABEL],
        "by_label": [(label, _label_cells(first, label)) for label in run.labels],
        "f1_by_label": [
            (measured, [estimate_cell(measured.overall[label]["f1"]) for label in run.labels])
            for measured in run.systems
        ],
        "thresholds": _thresholds(first),
        "comparisons": [
            (other, [measure.difference_cell(differences) for measure in OVERALL])
            for other, differences in run.comparisons.items()
        ],
        "parts": [(part, *_part_cells(run, part)) for part in first.parts],
        "rules": _rules(run),
        "behaviour_comparisons": [
            (other, difference_cell(found, more_is_better=False))
            for other, found in run.behaviour_comparisons.items()
        ],
        "failures": behaviour.failures[:SHOWN] if behaviour else (),
        "failure_count": len(behaviour.failures) if behaviour else 0,
        "mistakes": found[:SHOWN],
        "mistake_count": len(found),
        "plots": {name: base64.b64encode(png).decode() for name, png in plots.items()},
    }
    styles = ("page.css", "report.css")
    return render("report.html.j2", values, styles=styles, folder=TEMPLATES)


def estimate_cell(estimate: Estimate, factor: float = 100) -> Cell:
    """The figure, as 92.1, and its interval, as 90.3 to 93.6; a dash for what is undefined."""
    if math.isnan(estimate.value):
        return Cell("–")
    text = f"{factor * estimate.value:.1f}"
    if math.isnan(estimate.low):
        return Cell(text)
    return Cell(text, (f"{factor * estimate.low:.1f} to {factor * estimate.high:.1f}",))


def difference_cell(difference: Difference, *, factor: float = 100, more_is_better: bool = True) -> Cell:
    """The difference, as +1.2, with its interval and p; a verdict where the interval leaves out zero."""
    if math.isnan(difference.value):
        return Cell("–")
    text = f"{factor * difference.value:+.1f}"
    if math.isnan(difference.low):
        return Cell(text)
    p = "p < 0.001" if difference.p < 0.001 else f"p = {difference.p:.3f}"
    verdict = ""
    if difference.low > 0 or difference.high < 0:
        verdict = "better" if (difference.value > 0) == more_is_better else "worse"
    interval = f"{factor * difference.low:+.1f} to {factor * difference.high:+.1f}"
    return Cell(text, (interval, p), verdict)


def overall_cells(measured: Measured) -> list[Cell]:
    """A system's row of the first table. Decisions of 0 and 1 have no calibration worth a figure."""
    cells = [measure.cell(measured.overall) for measure in OVERALL]
    if set(measured.outcome.scores.flat) <= {0.0, 1.0}:
        cells[[measure.name for measure in OVERALL].index("calibration_error")] = Cell("–")
    return cells


def _label_cells(measured: Measured, label: str) -> list[Cell]:
    figures = measured.overall[label]
    return [
        Cell(f"{figures['support'].value:,.0f}"),
        *(estimate_cell(figures[name]) for _, name in PER_LABEL),
    ]


def _part_cells(run: Run, part: str) -> tuple[int, list[Cell], list[Cell], Cell]:
    """Sentences of a part, micro F1 of every system, F1 by label and false alarms of the first system."""
    first = run.systems[0].parts[part]
    return (
        round(first["all"]["sentences"].value),
        [estimate_cell(measured.parts[part]["micro"]["f1"]) for measured in run.systems],
        [Cell(estimate_cell(first[label]["f1"]).text) for label in run.labels],
        estimate_cell(first["all"]["false_alarms_per_1000"], 1),
    )


def _thresholds(measured: Measured) -> list[tuple[str, str]]:
    """Each label's threshold, or the range of them where a view has several models."""
    rows = measured.outcome.thresholds
    shown = []
    for column, label in enumerate(measured.outcome.labels):
        low, high = float(rows[:, column].min()), float(rows[:, column].max())
        shown.append((label, f"{low:.2f}" if low == high else f"{low:.2f} to {high:.2f}"))
    return shown


def _rules(run: Run) -> list[tuple[str, int, list[Cell]]]:
    """Of all rules of the behaviour suite and of each: cases, and what share of them each system fails."""
    tested = [
        (each.behaviour, each.failure_rate) for each in run.systems if each.behaviour and each.failure_rate
    ]
    if not tested:
        return []
    first, _ = tested[0]
    rows = [("all rules", first.total.cases, [_failures(result.total, rate) for result, rate in tested])]
    for rule, tally in first.by_rule.items():
        tallies = [result.by_rule[rule] for result, _ in tested]
        rows.append((rule, tally.cases, [_failures(each, each.rate) for each in tallies]))
    return rows


def _failures(tally: Tally, rate: Estimate) -> Cell:
    shown = estimate_cell(rate)
    verdict = "worse" if fails_too_often(tally.cases, tally.failures) else ""
    return Cell(f"{shown.text} %", (f"{tally.failures} of {tally.cases}", *shown.below), verdict)
