"""How far should thresholds trust the scores? Set on one half of validation data, tried on the other.

    python -m conflict_events.eval.threshold_rules MODEL DATA ... --data RUN/data.json -o thresholds.json

RUN is the folder of the run that made MODEL; DATA are files that it was made from. The groups of its
validation part are cut in halves many times; `tune_thresholds` has one half, and F1 is measured on the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from conflict_events.annotations.options import CorporaOption
from conflict_events.errors import DataError
from conflict_events.eval.command import error_in_a_line
from conflict_events.eval.models import TrainedModel
from conflict_events.pages.whole_file import write_whole
from conflict_events.training.calibration import tune_thresholds
from conflict_events.training.data import Example, read_examples
from conflict_events.training.metrics import Bools, Floats, f1_of
from conflict_events.training.near_duplicates import join_near_duplicates
from conflict_events.training.soft_targets import truth_of

TRUST: Mapping[str, float | None] = {
    "20 positives": 20,
    "100 positives": 100,
    "400 positives": 400,
    "everything": 1e12,
    "nothing: every threshold is 0.5": None,
}
"""How many positives the scores count as. None: thresholds are not tuned."""


def compare_rules(
    scores: Floats, truth: Bools, groups: Sequence[str], *, halvings: int = 40, seed: int = 0
) -> dict[str, float]:
    """Mean micro F1 on the half that set no threshold, for each of `TRUST`; scores and truth are [n, labels].

    Raises DataError where there are fewer than two groups.
    """
    names = np.unique(groups)
    if len(names) < 2:
        raise DataError(f"{len(names)} validation groups cannot be cut in halves; give the files of the run")
    random = np.random.default_rng(seed)
    found: dict[str, list[float]] = {rule: [] for rule in TRUST}
    for _ in range(halvings):
        ours = np.isin(groups, random.permutation(names)[: len(names) // 2])
        own_groups = [group for group, mine in zip(groups, ours, strict=True) if mine]
        for rule, positives in TRUST.items():
            thresholds = [0.5] * truth.shape[1]
            if positives is not None:
                thresholds = tune_thresholds(scores[ours], truth[ours], own_groups, prior_positives=positives)
            predicted = scores[~ours] >= np.asarray(thresholds)
            hits = (predicted & truth[~ours]).sum()
            found[rule].append(float(f1_of(hits, predicted.sum(), truth[~ours].sum())))
    return {rule: float(np.mean(values)) for rule, values in found.items()}


def validation_part(examples: Sequence[Example], record: Path) -> list[Example]:
    """Those of `examples` that stood in the validation part of the run whose data.json is `record`."""
    try:
        names = set(json.loads(record.read_text(encoding="utf-8"))["held_out_groups"]["validation"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise DataError(f"{record}: not the data.json of a run with a validation part ({error})") from None
    chosen = [example for example in join_near_duplicates(examples) if example.group in names]
    if not chosen:
        raise DataError(f"{record}: none of its validation groups is in the files given")
    return chosen


@error_in_a_line
def threshold_rules(
    model: Annotated[str, typer.Argument(help="A model folder.")],
    files: Annotated[list[Path], typer.Argument(help="Files that the model's run had.")],
    data: Annotated[Path, typer.Option(help="The run's data.json.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="A JSON file for the figures.")],
    corpora: CorporaOption = None,
    halvings: Annotated[int, typer.Option(min=1)] = 40,
) -> None:
    """Compare how far thresholds may trust the scores, on validation data alone."""
    trained = TrainedModel(model)
    chosen = validation_part(read_examples(files, trained.labels, corpora), data)
    groups = [example.group for example in chosen]
    scores = np.asarray(trained.scores(chosen), dtype=np.float64)
    found = compare_rules(scores, truth_of(chosen, trained.labels), groups, halvings=halvings)
    about = {"model": trained.tagger.folder.version, "sentences": len(chosen), "groups": len(set(groups))}
    write_whole(output, json.dumps({**about, "halvings": halvings, "micro_f1": found}, indent=1) + "\n")
    for rule, value in found.items():
        typer.echo(f"{value:.4f}  {rule}")


if __name__ == "__main__":
    typer.run(threshold_rules)
