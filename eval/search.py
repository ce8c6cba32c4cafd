"""Search for settings of the training recipe: random draws, of which the better ones are trained for longer.

    python -m conflict_events.eval.search DATA ... --corpora CORPORA -o runs/search

A part of DATA, whole groups, is kept apart from all trials and measures them. Settings are drawn at random
(Bergstra and Bengio, JMLR 2012), all are trained for few epochs, and the better third for more (successive
halving: Jamieson and Talwalkar, AISTATS 2016). The settings to begin with are a trial like any other and
reach the end in any case, so that what is found can be compared with them, on the same resamples.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from conflict_events.errors import ConflictEventsError, DataError
from conflict_events.eval.bootstrap import Difference, Estimate
from conflict_events.eval.measure import Outcome, compare, measure
from conflict_events.eval.models import TrainedModel
from conflict_events.eval.scores import figures
from conflict_events.pages.whole_file import write_whole
from conflict_events.training.data import Example, read_examples
from conflict_events.training.near_duplicates import join_near_duplicates
from conflict_events.training.recipe import Settings
from conflict_events.training.reporting import silent
from conflict_events.training.splits import hold_out

# The measure that decides which trials go on: it needs no thresholds.
MEASURE = ("macro", "average_precision")
_F1 = ("micro", "f1")
_KEPT = 1 / 3

Draw = Callable[[random.Random], Any]


def _one_of(*values: Any) -> Draw:
    return lambda chance: chance.choice(values)


def _between(low: float, high: float) -> Draw:
    """Uniform in the logarithm, in two significant digits."""
    return lambda chance: float(f"{low * (high / low) ** chance.random():.1e}")


SPACE: Mapping[str, Draw] = {
    "learning_rate": _between(4e-5, 3e-4),
    "head_learning_rate": _between(3e-4, 3e-3),
    "batch_size": _one_of(16, 32, 64),
    "layer_decay": _one_of(0.75, 0.85, 0.95, 1.0),
    "weight_decay": _one_of(0.0, 0.01, 0.1),
    "averaging": _one_of(0.0, 0.9, 0.98),
    "label_smoothing": _one_of(0.0, 0.05, 0.1),
    "warmup_share": _one_of(0.05, 0.1, 0.2),
}
"""What is drawn, and how."""


@dataclass(frozen=True)
class Trial:
    """Settings by their number in the draw, 0 for those to begin with, and what came of them."""

    number: int
    settings: Settings
    outcome: Outcome

    @cached_property
    def figures(self) -> Mapping[tuple[str, str], float]:
        """Every figure of `scores.figures`, without an interval."""
        told = self.outcome
        found = figures(told.truth, told.scores, told.thresholds, told.labels)
        return {name: float(value[0]) for name, value in found.items()}


def draw_settings(start: Settings, count: int, *, seed: int) -> list[Settings]:
    """`start` and `count` - 1 random ones; the same for the same seed, and fewer are the first of more."""
    chance = random.Random(seed)
    drawn = [{name: draw(chance) for name, draw in SPACE.items()} for _ in range(count - 1)]
    return [start, *(replace(start, **values) for values in drawn)]


def search(
    candidates: Sequence[Settings],
    train_one: Callable[[int, Settings], Outcome],
    *,
    epochs: Sequence[int],
    say: Callable[[str], None] = lambda message: None,
) -> list[list[Trial]]:
    """Train all candidates for the first number of epochs, the better third for the next, and so on.

    `train_one` trains the settings of a number and says how they did. The first candidate goes on always.
    Returns the trials of each stage, the best first.
    """
    stages: list[list[Trial]] = []
    going_on = list(enumerate(candidates))
    for passes in epochs:
        trials = []
        for number, settings in going_on:
            longer = replace(settings, epochs=passes, patience=max(settings.patience, passes))
            trial = Trial(number, longer, train_one(number, longer))
            trials.append(trial)
            say(
                f"trial {number}, {passes} epochs: average precision {100 * trial.figures[MEASURE]:.1f}, "
                f"micro F1 {100 * trial.figures[_F1]:.1f}"
            )
        trials.sort(key=lambda trial: (-trial.figures[MEASURE], trial.number))
        stages.append(trials)
        best = trials[: max(1, round(_KEPT * len(trials)))]
        going_on = [(trial.number, candidates[trial.number]) for trial in best]
        if all(number for number, _ in going_on):
            going_on.append((0, candidates[0]))
    return stages


def trainer(
    learnt_from: Sequence[Example],
    measured: Sequence[Example],
    labels: Sequence[str],
    folder: Path,
    *,
    base: str | None = None,
) -> Callable[[int, Settings], Outcome]:
    """Trains in a folder a trial, in which a search that was interrupted finds what is finished."""
    from conflict_events.training.run import train

    def train_one(number: int, settings: Settings) -> Outcome:
        model = TrainedModel(
            train(
                learnt_from,
                labels=labels,
                base=base,
                settings=settings,
                output=folder / f"trial-{number}-epochs-{settings.epochs}",
                say=silent,
            )
        )
        scores = np.asarray(model.scores(measured), dtype=np.float32)
        thresholds = np.broadcast_to(model.thresholds, scores.shape)
        return Outcome(f"trial {number}", tuple(labels), tuple(measured), scores, thresholds)

    return train_one


def describe(stages: Sequence[Sequence[Trial]]) -> list[dict[str, Any]]:
    """Every trial with its settings, its figures, and how far it is ahead of the settings begun with."""
    described = []
    for stage, trials in enumerate(stages):
        start = next(trial for trial in trials if trial.number == 0)
        for trial in trials:
            found = measure(trial.outcome)
            ahead = compare(trial.outcome, start.outcome)
            described.append(
                {
                    "stage": stage,
                    "trial": trial.number,
                    "settings": asdict(trial.settings),
                    "average_precision": _with_interval(found[MEASURE[0]][MEASURE[1]]),
                    "micro_f1": _with_interval(found[_F1[0]][_F1[1]]),
                    "average_precision_ahead": _with_interval(ahead[MEASURE[0]][MEASURE[1]]),
                    "micro_f1_ahead": _with_interval(ahead[_F1[0]][_F1[1]]),
                }
            )
    return described


def write_search(stages: Sequence[Sequence[Trial]], folder: Path, about: Mapping[str, Any]) -> None:
    """Write search.json and search.md; both appear when they are complete."""
    trials = describe(stages)
    write_whole(folder / "search.json", json.dumps({**about, "trials": trials}, indent=1) + "\n")
    names = list(SPACE)
    rows = [
        ["epochs", "trial", *names, "macro average precision", "ahead of trial 0", "micro F1", "ahead"],
        ["---"] * (len(names) + 6),
    ]
    for trial in trials:
        settings = trial["settings"]
        rows.append(
            [
                str(settings["epochs"]),
                str(trial["trial"]),
                *(f"{settings[name]:g}" for name in names),
                _shown(trial["average_precision"]),
                "" if trial["trial"] == 0 else _shown(trial["average_precision_ahead"], sign="+"),
                _shown(trial["micro_f1"]),
                "" if trial["trial"] == 0 else _shown(trial["micro_f1_ahead"], sign="+"),
            ]
        )
    write_whole(folder / "search.md", "".join(f"| {' | '.join(row)} |\n" for row in rows))


def _with_interval(found: Estimate | Difference) -> dict[str, float | None]:
    values = {"value": found.value, "low": found.low, "high": found.high}
    return {name: None if np.isnan(value) else round(float(value), 5) for name, value in values.items()}


def _shown(found: Mapping[str, float | None], sign: str = "") -> str:
    value, low, high = (
        "?" if found[name] is None else f"{100 * float(found[name] or 0):{sign}.1f}"
        for name in ("value", "low", "high")
    )
    return f"{value} [{low}, {high}]"


def leave_out(examples: Sequence[Example], apart: Sequence[Example]) -> list[Example]:
    """The examples that share no group, and no near-duplicate, with those to be kept apart."""
    joined = join_near_duplicates([*examples, *apart])
    groups = {example.group for example in joined[len(examples) :]}
    return [example for example in joined[: len(examples)] if example.group not in groups]


def search_settings(
    data: Annotated[list[Path], typer.Argument(help="Labelled sentences to learn from and to measure on.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the runs and the table.")],
    trials: Annotated[int, typer.Option(min=2, help="Settings to try.")] = 9,
    epochs: Annotated[str, typer.Option(help="Epochs of each stage, fewer first: a,b.")] = "1,3",
    share: Annotated[float, typer.Option(help="Part of the sentences that measures, by group.")] = 0.25,
    apart: Annotated[
        list[Path] | None, typer.Option(help="Labelled sentences not to be looked at, such as a test part.")
    ] = None,
    setting: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE of the settings to begin with; repeat for more.")
    ] = None,
    labels_config: Annotated[
        Path | None, typer.Option(help="Labelling config that names the labels.")
    ] = None,
    corpora: Annotated[
        Path | None, typer.Option(help="Folder of your downloads, for the text of stand-off labels.")
    ] = None,
    base: Annotated[str | None, typer.Option(help="What to start from, as in scripts/train.py.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw of settings and of the part.")] = 1,
) -> None:
    """Search for settings on grouped data, and write search.json and search.md."""
    from conflict_events.annotations.label_config import read_label_config
    from conflict_events.scripts.evaluate import parse_settings

    try:
        stages_epochs = _epochs(epochs)
        labels = read_label_config(labels_config).labels
        examples = read_examples(data, labels, corpora)
        examples = leave_out(examples, read_examples(apart, labels, corpora) if apart else [])
        learnt_from, measured = hold_out(examples, share, labels=labels, seed=seed)
        start = parse_settings(setting or [])
        output.mkdir(parents=True, exist_ok=True)
        stages = search(
            draw_settings(start, trials, seed=seed),
            trainer(learnt_from, measured, labels, output, base=base),
            epochs=stages_epochs,
            say=lambda message: typer.echo(message, err=True),
        )
        about = {
            "files": [path.name for path in data],
            "apart": [path.name for path in apart or ()],
            "learnt_from": len(learnt_from),
            "measured_on": len(measured),
            "seed": seed,
        }
        write_search(stages, output, about)
    except ConflictEventsError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None


def _epochs(told: str) -> list[int]:
    try:
        epochs = [int(part) for part in told.split(",")]
    except ValueError:
        epochs = []
    if not epochs or min(epochs) < 1 or epochs != sorted(set(epochs)):
        raise DataError(f"--epochs {told!r}: give whole numbers that rise, such as 1,3")
    return epochs


if __name__ == "__main__":
    typer.run(search_settings)
