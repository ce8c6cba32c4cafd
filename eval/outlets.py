"""Is a model as good on every outlet, and whoever acts? Error rates by outlet and by side, with intervals.

    python -m conflict_events.eval.outlets SCORES DATA ... -o eval/results --only fakes.jsonl

SCORES is the folder of scores by models that never saw the sentence: the work folder of `conflict-events
annotate audit`, or that of `conflict-events evaluate recipe DATA ... --hold-out fold`. DATA are the files
that it was made from.

The side is told by the word lists of `sides.py`.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer

from conflict_events.annotations.options import CorporaOption
from conflict_events.errors import DataError
from conflict_events.eval.bootstrap import (
    RESAMPLES,
    Difference,
    Estimate,
    difference,
    estimate,
    group_indices,
    group_weights,
    in_percent,
)
from conflict_events.eval.command import error_in_a_line
from conflict_events.eval.earlier_run import is_run, read_outcome, read_result
from conflict_events.eval.measure import Outcome
from conflict_events.eval.scores import sum_by_group
from conflict_events.eval.sides import SIDES, side_of
from conflict_events.output.folders import make_folder
from conflict_events.pages.whole_file import write_whole
from conflict_events.training.data import Example, read_examples

LEAST_SENTENCES = 50
"""Outlets with fewer sentences are one row together: their own rates would say nothing."""
FEW = "outlets of fewer sentences"

Weights = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rates:
    """The errors in a part of the sentences, as shares of 1, and how they differ from all other sentences.

    `misses`: of the annotated labels, those not given. `false_alarms`: of the labels given, those not
    annotated. `labels` has the misses of each label.
    """

    part: str
    sentences: int
    groups: int
    misses: Estimate
    misses_against_rest: Difference
    false_alarms: Estimate
    false_alarms_against_rest: Difference
    labels: Mapping[str, Estimate]


def outlet_names(examples: Sequence[Example]) -> list[str]:
    """The outlet of each example; the small ones share a name."""
    names = [example.source or example.origin for example in examples]
    counts = Counter(names)
    return [name if counts[name] >= LEAST_SENTENCES else FEW for name in names]


def rates_by(outcome: Outcome, parts: Sequence[str], *, resamples: int = RESAMPLES) -> list[Rates]:
    """Error rates of each part; `parts` names each sentence's. The parts of most sentences come first.

    Intervals are from one bootstrap over groups for all parts, so that a part and the rest are resampled
    together. A rate is NaN where there is nothing to miss, or nothing was given.
    """
    group, groups = group_indices([example.group for example in outcome.examples])
    drawn = group_weights(groups, resamples=resamples if groups > 1 else 0)
    weights = np.concatenate([np.ones((1, groups)), drawn])  # the first row is the sample itself
    rows: dict[str, list[int]] = defaultdict(list)
    for row, part in enumerate(parts):
        rows[part].append(row)
    found = []
    for part, members in sorted(rows.items(), key=lambda item: (-len(item[1]), item[0])):
        inside = np.zeros(len(parts), dtype=bool)
        inside[members] = True
        misses, false_alarms = _error_rates(outcome, inside, group, weights)
        other_misses, other_alarms = _error_rates(outcome, ~inside, group, weights)
        own, others = misses.sum, other_misses.sum
        found.append(
            Rates(
                part=part,
                sentences=len(members),
                groups=len({outcome.examples[row].group for row in members}),
                misses=_estimate(own),
                misses_against_rest=_difference(own - others),
                false_alarms=_estimate(false_alarms.sum),
                false_alarms_against_rest=_difference(false_alarms.sum - other_alarms.sum),
                labels={label: _estimate(misses.each[:, i]) for i, label in enumerate(outcome.labels)},
            )
        )
    return found


def read_scores(
    folder: Path, examples: Sequence[Example], labels: Sequence[str], base: str | None
) -> Outcome:
    """Scores from an evaluation's folder, or from the models that an audit left in its work folder.

    Raises DataError where the folder is neither, is not finished, or was made from other sentences.
    """
    if is_run(folder):
        result, name = read_result(folder)
        if str(result["systems"][0].get("description", "")).startswith("model "):
            raise DataError(
                f"{folder}: measured {name} as it was, which may know these sentences; make it with "
                f"`conflict-events evaluate recipe DATA ... --hold-out fold -o {folder}`"
            )
        return read_outcome(folder, examples, labels)
    from conflict_events.model_folder import load_model_folder
    from conflict_events.training.near_duplicates import join_near_duplicates
    from conflict_events.training.out_of_fold import out_of_fold_scores
    from conflict_events.training.run_folder import settings_of
    from conflict_events.training.settings import Settings
    from conflict_events.training.splits import folds

    first = next(folder.glob("fold-1-of-*"), folder / "fold-1-of-0")
    count = int(first.name.rsplit("-", 1)[1])
    runs = [folder / f"fold-{number}-of-{count}" for number in range(1, count + 1)]
    if not runs or not all(is_run(run) for run in runs):
        raise DataError(
            f"{folder}: neither an evaluation nor the finished work folder of an audit; make it with "
            f"`conflict-events annotate audit DATA ... -o suspects.json --work {folder}`"
        )
    settings = settings_of(first)
    # Finished runs are used again, and training refuses those of other sentences or settings.
    scores = out_of_fold_scores(
        examples, labels=labels, folder=folder, count=count, base=base, settings=settings
    )
    joined = join_near_duplicates(examples)
    thresholds = np.zeros_like(scores)
    row_of = {example.id: row for row, example in enumerate(joined)}
    for run, part in zip(
        runs, folds(joined, count, labels=labels, seed=(settings or Settings()).seed), strict=True
    ):
        own = load_model_folder(run / "model").thresholds
        thresholds[[row_of[example.id] for example in part]] = [own[label] for label in labels]
    how = f"epochs: {settings.epochs}" if settings else "by the recipe for few sentences"
    system = f"{count} models, each trained on the other folds, {how}"
    return Outcome(system, tuple(labels), tuple(joined), scores, thresholds)


@dataclass(frozen=True, slots=True)
class _Shares:
    """A share in each resample: of all labels together [resamples], and of each [resamples, labels]."""

    sum: npt.NDArray[np.float64]
    each: npt.NDArray[np.float64]


def _error_rates(
    outcome: Outcome, inside: npt.NDArray[np.bool_], group: npt.NDArray[np.intp], weights: Weights
) -> tuple[_Shares, _Shares]:
    """Misses and false alarms of the sentences inside, in each resample."""
    truth, decided = outcome.truth & inside[:, None], outcome.decided & inside[:, None]
    hits, wanted, given = (
        weights @ sum_by_group(values, group, weights.shape[1])
        for values in (truth & decided, truth, decided)
    )
    return _complement(hits, wanted), _complement(hits, given)


def _complement(hits: Weights, total: Weights) -> _Shares:
    def share(part: Weights, whole: Weights) -> Weights:
        return 1 - np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0)

    return _Shares(share(hits.sum(axis=1), total.sum(axis=1)), share(hits, total))


def _estimate(shares: Weights) -> Estimate:
    return estimate(float(shares[0]), shares[1:])


def _difference(shares: Weights) -> Difference:
    return difference(float(shares[0]), shares[1:])


def table(rates: Sequence[Rates], heading: str) -> list[str]:
    """The rates in per cent, as lines of a Markdown table; bold: the interval leaves out 0."""
    lines = [
        f"| {heading} | sentences | groups | missed, % | against the rest | false alarms, % "
        "| against the rest |",
        "|---|---|---|---|---|---|---|",
    ]
    for rate in rates:
        cells = [
            f"{rate.sentences:,}",
            str(rate.groups),
            _show(rate.misses),
            _show(rate.misses_against_rest, sign="+"),
            _show(rate.false_alarms),
            _show(rate.false_alarms_against_rest, sign="+"),
        ]
        lines.append(f"| {rate.part} | " + " | ".join(cells) + " |")
    return lines


def label_table(rates: Sequence[Rates], heading: str, labels: Sequence[str]) -> list[str]:
    """The share of each label that is missed, as lines of a Markdown table, in per cent."""
    lines = [f"| {heading} | " + " | ".join(labels) + " |", "|---|" + "---|" * len(labels)]
    return lines + [
        f"| {rate.part} | " + " | ".join(_show(rate.labels[label]) for label in labels) + " |"
        for rate in rates
    ]


def _show(value: Estimate | Difference, sign: str = "") -> str:
    """The figure, bold if it is a difference that chance does not explain, and its interval."""
    figure, gap, interval = in_percent(value, sign).partition(" ")
    if isinstance(value, Difference) and (value.low > 0 or value.high < 0):
        figure = f"**{figure}**"
    return figure + gap + interval


@error_in_a_line
def outlets(
    scores: Annotated[Path, typer.Argument(help="Work folder of an audit, or folder of an evaluation.")],
    data: Annotated[list[Path], typer.Argument(help="The files that it was made from.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for outlets.md and outlets.json.")],
    only: Annotated[list[str] | None, typer.Option(help="Count the sentences of this file alone.")] = None,
    base: Annotated[str | None, typer.Option(help="What the audit's models started from.")] = None,
    corpora: CorporaOption = None,
) -> None:
    """Measure error rates by outlet and by the side that a sentence names first."""
    from conflict_events.annotations.label_config import read_label_config

    labels = read_label_config().labels
    outcome = read_scores(scores, read_examples(data, labels, corpora), labels, base)
    rows = [row for row, example in enumerate(outcome.examples) if not only or example.origin in only]
    if not rows:
        files = sorted({example.origin for example in outcome.examples})
        raise DataError(f"no sentence is of {', '.join(only or ())}; there are {', '.join(files)}")
    outcome = outcome.select(rows)
    by_outlet = rates_by(outcome, outlet_names(outcome.examples))
    by_side = rates_by(outcome, [side_of(example.text) for example in outcome.examples])
    _write(output, outcome, by_outlet, by_side)


def _write(folder: Path, outcome: Outcome, by_outlet: Sequence[Rates], by_side: Sequence[Rates]) -> None:
    files = ", ".join(sorted({f"`{example.origin}`" for example in outcome.examples}))
    groups = len({example.group for example in outcome.examples})
    lines = [
        f"{len(outcome.examples):,} sentences of {files} in {groups:,} groups, each scored by a model that "
        f"saw neither its article nor a near-duplicate ({outcome.system}). "
        "*Missed*: of the annotated labels, those not given. "
        "*False alarms*: of the labels given, those not annotated. In brackets: 95 % intervals from a "
        "bootstrap over groups. A difference from all other sentences is bold where its interval leaves out "
        "0; with so many comparisons, one in twenty does so by chance.",
        "",
        *table(by_outlet, "outlet"),
        "",
        "By the side that the sentence names first, told by word lists for the Syrian war, as a makeshift "
        "for the side that acts:",
        "",
        *table(by_side, "side named first"),
        "",
        "Missed, label by label, in per cent:",
        "",
        *label_table(by_side, "side named first", outcome.labels),
    ]
    result: dict[str, Any] = {
        "scores": outcome.system,
        "sentences": len(outcome.examples),
        "groups": groups,
        "sides": dict(SIDES),
        "by_outlet": [dataclasses.asdict(rate) for rate in by_outlet],
        "by_side": [dataclasses.asdict(rate) for rate in by_side],
    }
    # JSON has no word for NaN: what is undefined becomes null.
    plain = json.loads(json.dumps(result), parse_constant=lambda name: None)
    text = json.dumps(plain, indent=1, ensure_ascii=False)
    make_folder(folder)
    write_whole(folder / "outlets.json", text + "\n")
    write_whole(folder / "outlets.md", "\n".join(lines) + "\n")
    typer.echo(f"{folder / 'outlets.md'}")


if __name__ == "__main__":
    typer.run(outlets)
