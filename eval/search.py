"""Search for settings of the training recipe: random draws, of which the better ones are trained for longer.

    python -m conflict_events.eval.search DATA ... --corpora CORPORA -o runs/search

Two parts of DATA, whole groups, are kept apart from all trials. Settings are drawn at random (Bergstra and
Bengio, JMLR 2012), all are trained for few epochs, and the better third on the first part for more
(successive halving: Jamieson and Talwalkar, AISTATS 2016). Figures there flatter the best of many. So what
reached the end, and the settings to begin with, which do in any case, are measured on the second part, which
chose nothing. Every trial has one seed, and what another would bring is in no interval.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from conflict_events.annotations.options import CorporaOption, LabelsConfigOption
from conflict_events.errors import DataError
from conflict_events.eval.baselines import outcome
from conflict_events.eval.command import error_in_a_line, rising_numbers
from conflict_events.eval.measure import Outcome
from conflict_events.eval.models import TrainedModel
from conflict_events.eval.search_report import F1, MEASURE, Trial, write_search
from conflict_events.output.folders import make_folder
from conflict_events.training.data import Example, label_counts, read_examples
from conflict_events.training.near_duplicates import join_near_duplicates
from conflict_events.training.reporting import silent
from conflict_events.training.run_folder import AstrayError
from conflict_events.training.settings import Settings, settings_from
from conflict_events.training.splits import hold_out

# Of the trials of a stage so many go on.
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
    "focal": _one_of(0.0, 1.0),
    "rare_weight": _one_of(0.0, 0.25, 0.5),
}
"""What is drawn, and how."""


def draw_settings(start: Settings, count: int, *, seed: int) -> list[Settings]:
    """`start` and `count` - 1 random ones; the same for the same seed, and fewer are the first of more."""
    chance = random.Random(seed)
    drawn = [{name: draw(chance) for name, draw in SPACE.items()} for _ in range(count - 1)]
    return [start, *(replace(start, **values) for values in drawn)]


def search(
    candidates: Sequence[Settings],
    train_one: Callable[[int, Settings], tuple[Outcome, Outcome]],
    *,
    epochs: Sequence[int],
    say: Callable[[str], None] = lambda message: None,
) -> list[list[Trial]]:
    """Train all candidates for the first number of epochs, the better third for the next, and so on.

    `train_one` trains the settings of a number and says how they did on the part that chooses and on the
    other. The first candidate goes on always; another whose training goes astray is left out. Returns the
    trials of each stage, the best first.
    """
    stages: list[list[Trial]] = []
    going_on = list(enumerate(candidates))
    for passes in epochs:
        trials = []
        for number, settings in going_on:
            longer = replace(settings, epochs=passes)
            try:
                trial = Trial(number, longer, *train_one(number, longer))
            except AstrayError:
                if number == 0:
                    raise
                say(f"trial {number}, {passes} epochs: went astray, and is left out")
                continue
            trials.append(trial)
            say(
                f"trial {number}, {passes} epochs: average precision {100 * trial.figures[MEASURE]:.1f}, "
                f"micro F1 {100 * trial.figures[F1]:.1f}"
            )
        trials.sort(key=lambda trial: (-np.nan_to_num(trial.figures[MEASURE], nan=-1), trial.number))
        stages.append(trials)
        best = trials[: max(1, round(_KEPT * len(trials)))]
        going_on = [(trial.number, candidates[trial.number]) for trial in best]
        if all(number for number, _ in going_on):
            going_on.append((0, candidates[0]))
    return stages


def trainer(
    learnt_from: Sequence[Example],
    parts: tuple[Sequence[Example], Sequence[Example]],
    labels: Sequence[str],
    folder: Path,
    *,
    base: str | None = None,
    overwrite: bool = False,
) -> Callable[[int, Settings], tuple[Outcome, Outcome]]:
    """Trains in a folder a trial, in which a search that was interrupted finds what is finished."""
    from conflict_events.training.run import train

    def train_one(number: int, settings: Settings) -> tuple[Outcome, Outcome]:
        model = TrainedModel(
            train(
                learnt_from,
                labels=labels,
                base=base,
                settings=settings,
                output=folder / f"trial-{number}-epochs-{settings.epochs}",
                overwrite=overwrite,
                say=silent,
            )
        )
        chosen_by, measured_on = (outcome(f"trial {number}", model, part, labels) for part in parts)
        return chosen_by, measured_on

    return train_one


def leave_out(examples: Sequence[Example], apart: Sequence[Example]) -> list[Example]:
    """The examples that share no group, and no near-duplicate, with those to be kept apart."""
    joined = join_near_duplicates([*examples, *apart])
    groups = {example.group for example in joined[len(examples) :]}
    return [example for example in joined[: len(examples)] if example.group not in groups]


def cut_in_three(
    examples: Sequence[Example], share: float, labels: Sequence[str], *, seed: int
) -> tuple[list[Example], list[Example], list[Example]]:
    """What to learn from, what chooses and what measures: of each of the last two `share` of the examples.

    Groups stay whole. Raises DataError where that cannot be, or a label would not occur in one of the parts.
    """
    if not 0 < share < 0.5:
        raise DataError(f"--share {share:g}: two such parts leave nothing to learn from; give less than 0.5")
    rest, measures = hold_out(examples, share, labels=labels, seed=seed)
    learnt_from, chooses = hold_out(rest, share / (1 - share), labels=labels, seed=seed)
    parts = (learnt_from, chooses, measures)
    counts = [label_counts(part, labels) for part in parts]
    if lacking := next((label for label in labels if not all(count[label] for count in counts)), None):
        raise DataError(
            f"the label {lacking!r} does not occur in all of the three parts of {len(examples)} sentences; "
            "give more of them, or another --seed"
        )
    return parts


@error_in_a_line
def search_settings(
    data: Annotated[list[Path], typer.Argument(help="Labelled sentences to learn from and to measure on.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the runs and the table.")],
    trials: Annotated[int, typer.Option(min=2, help="Settings to try.")] = 9,
    epochs: Annotated[str, typer.Option(help="Epochs of each stage, fewer first: a,b.")] = "1,3",
    share: Annotated[
        float, typer.Option(help="Each of the two parts of the sentences that are not learnt from, by group.")
    ] = 0.2,
    apart: Annotated[
        list[Path] | None, typer.Option(help="Labelled sentences not to be looked at, such as a test part.")
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE of the settings to begin with, but epochs; repeat for more."),
    ] = None,
    labels_config: LabelsConfigOption = None,
    corpora: CorporaOption = None,
    base: Annotated[str | None, typer.Option(help="What to start from, as in scripts/train.py.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw of settings and of the part.")] = 1,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Start over in a folder that holds trials.")
    ] = False,
) -> None:
    """Search for settings on grouped data, and write search.json and search.md."""
    from conflict_events.annotations.label_config import read_label_config

    passes = rising_numbers("--epochs", epochs)
    if any(option.partition("=")[0] == "epochs" for option in setting or ()):
        raise DataError("--setting epochs: the stages say how long is trained; give --epochs 1,3")
    start = settings_from(setting or [])
    labels = read_label_config(labels_config).labels
    examples = read_examples(data, labels, corpora)
    examples = leave_out(examples, read_examples(apart, labels, corpora) if apart else [])
    learnt_from, chooses, measures = cut_in_three(examples, share, labels, seed=seed)
    make_folder(output)
    stages = search(
        draw_settings(start, trials, seed=seed),
        trainer(learnt_from, (chooses, measures), labels, output, base=base, overwrite=overwrite),
        epochs=passes,
        say=lambda message: typer.echo(message, err=True),
    )
    about = {
        "files": [path.name for path in data],
        "apart": [path.name for path in apart or ()],
        "learnt_from": len(learnt_from),
        "chosen_on": len(chooses),
        "measured_on": len(measures),
        "seed": seed,
    }
    write_search(stages, output, about)


if __name__ == "__main__":
    typer.run(search_settings)
