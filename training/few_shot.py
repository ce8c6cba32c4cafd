"""The recipe for few sentences: heads on a frozen encoder, and, where there are more, fine-tuning from them.

What is written is an ordinary run with an ordinary model folder. Calibration and thresholds come from
cross-validation, since no sentence can be spared for validation alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from conflict_events.errors import DataError
from conflict_events.model_folder import write_settings
from conflict_events.training.base import Base, find_base, output_layer
from conflict_events.training.calibration import FEWEST, fit_platt, fold_into, tune_thresholds
from conflict_events.training.card import write_card
from conflict_events.training.checkpoint import write_json, write_text
from conflict_events.training.data import Example, label_counts
from conflict_events.training.device import start_accelerator
from conflict_events.training.few_shot_head import WORTH, Choice
from conflict_events.training.few_shot_learner import Learner
from conflict_events.training.few_shot_model import can_average, knows_labels
from conflict_events.training.finish import save_model
from conflict_events.training.metrics import Bools, Floats, f1_intervals, measure, sigmoid
from conflict_events.training.near_duplicates import join_near_duplicates
from conflict_events.training.reporting import Say, say, silent
from conflict_events.training.run_folder import (
    CARD,
    MODEL,
    RESULT,
    describe_data,
    describe_settings,
    open_run,
)
from conflict_events.training.settings import Settings
from conflict_events.training.soft_targets import SoftTargets, truth_of
from conflict_events.training.splits import check_apart

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# To be raised when what is learnt from the same sentences changes.
VERSION = 2
# Fewer labelled sentences than this are few: the recipe of this module is taken unless asked otherwise.
FEW = 1000
# From so many sentences on the encoder is tuned, too: with so many it was seen to gain, fewer were not tried.
TUNED_FROM = 50
# Sentences shown in fine-tuning, all epochs together, within these bounds of epochs.
_SHOWN = 1200
_FEWEST_EPOCHS, _MOST_EPOCHS = 4, 12
# So much a threshold trusts the scores, in positives: the curves of eval/results/few_shot were measured so.
_PRIOR_POSITIVES = 20


def is_few_shot(examples: Sequence[Example], base: str | Path | None, labels: Sequence[str]) -> bool:
    """Whether to learn by this recipe where nobody said: from fewer than `FEW` sentences, and from a BERT.

    A base that knows these very labels already is better trained on as it is.
    """
    if len(examples) >= FEW:
        return False
    found = find_base(base)
    return can_average(found) and not knows_labels(found, labels)


def few_shot_settings(sentences: int, *, seed: int = 1) -> Settings:
    """How the encoder is tuned on so many sentences."""
    epochs = min(_MOST_EPOCHS, max(_FEWEST_EPOCHS, round(_SHOWN / max(1, sentences))))
    return Settings(
        seed=seed,
        epochs=epochs,
        batch_size=16,
        learning_rate=5e-5,
        head_learning_rate=1e-3,
        max_length=192,
        validation_share=0.0,
    )


def train_few_shot(
    examples: Sequence[Example],
    *,
    labels: Sequence[str],
    output: str | Path,
    base: str | Path | None = None,
    seed: int = 1,
    tuned: bool | None = None,
    names: bool = True,
    test: Sequence[Example] = (),
    files: Sequence[Path] = (),
    note: str = "",
    overwrite: bool = False,
    say: Say = say,
) -> Path:
    """Learn from few examples and return the model folder, `output`/model; takes seconds to a minute or two.

    `tuned` says whether the encoder is tuned; by default it is from `TUNED_FROM` sentences on. `names` allows
    learning from the labels' names, if cross-validation finds that it helps. `test` is
    scored once, at the end; `files`, `note` and `overwrite` are as in `training.run.train`. A run that was
    interrupted starts over.

    Under `accelerate launch` the main process learns, and the others wait for it.

    Raises DataError for examples that cannot be learnt from, and ModelError for a base that is not there or
    no BERT.
    """
    output = Path(output)
    accelerator = start_accelerator()
    say = say if accelerator.is_main_process else silent
    parts = _parts(examples, test, labels, say)
    count = len(parts["train"])
    tuned = count >= TUNED_FROM if tuned is None else tuned
    settings = few_shot_settings(count, seed=seed)
    found = find_base(base)
    described = describe_settings(settings, found, labels) | {
        "few_shot": True,
        "tuned": tuned,
        "names": names,
    }
    data = describe_data(parts, labels, files, SoftTargets()) | {"note": note}
    if accelerator.is_main_process:
        if open_run(output, described, data, overwrite=overwrite):
            say(f"{output}: this run is finished; its model is {output / MODEL}")
        else:
            then = ", then its upper layers from there" if tuned else ""
            alone = "; one process learns, the others wait" if accelerator.num_processes > 1 else ""
            say(
                f"few sentences ({count:,}), so by the recipe for few: a head on the frozen encoder"
                f"{then}{alone}"
            )
            learner = Learner(found, labels, settings)
            model, result = _learn(learner, parts, found, labels, settings, tuned=tuned, names=names)
            _write_run(output, model, learner.tokenizer, settings, described, data, result)
            _say_result(result, output, say)
    accelerator.wait_for_everyone()
    return output / MODEL


def _learn(
    learner: Learner,
    parts: Mapping[str, Sequence[Example]],
    found: Base,
    labels: Sequence[str],
    settings: Settings,
    *,
    tuned: bool,
    names: bool,
) -> tuple[PreTrainedModel, dict[str, Any]]:
    """The calibrated model, and what the run's result.json says of it."""
    learnt_from = parts["train"]
    model, choice = learner.learn(learnt_from, tuned=tuned, names=names)
    logits = choice.logits
    truth, groups = truth_of(learnt_from, labels), [example.group for example in learnt_from]
    platt = fit_platt(logits, truth)
    fold_into(output_layer(model, len(labels)), platt)
    scores = sigmoid(platt.apply(logits))
    thresholds = few_shot_thresholds(scores, truth, groups, seed=settings.seed)
    result: dict[str, Any] = {
        "thresholds": dict(zip(labels, thresholds, strict=True)),
        "calibration": {
            "method": "platt",
            "slope": dict(zip(labels, platt.slope.tolist(), strict=True)),
            "intercept": dict(zip(labels, platt.intercept.tolist(), strict=True)),
        },
        "strength": choice.strength,
        "names": choice.named,
        "how": _account(found, settings, choice, tuned=tuned, names=names),
        "cross_validation": _figures(scores, thresholds, truth, groups, labels),
    }
    if tested := parts.get("test"):
        scored = sigmoid(learner.logits(model, tested))
        result["test"] = _figures(
            scored, thresholds, truth_of(tested, labels), [example.group for example in tested], labels
        )
    return model, result


def _write_run(
    output: Path,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    settings: Settings,
    described: Mapping[str, Any],
    data: Mapping[str, Any],
    result: Mapping[str, Any],
) -> None:
    """Write the model folder, which appears when it is complete, the card, and last the result."""
    folder = output / f"{MODEL}.tmp"
    shutil.rmtree(folder, ignore_errors=True)
    save_model(model, tokenizer, folder)
    write_settings(
        folder,
        thresholds=result["thresholds"],
        calibration=result["calibration"],
        context_sentences=0,
        max_length=settings.max_length,
    )
    shutil.rmtree(output / MODEL, ignore_errors=True)  # of a run that was killed just after this
    folder.replace(output / MODEL)
    card = write_card(described, data, result)
    write_text(output / MODEL / CARD, card)
    write_text(output / CARD, card)
    write_json(output / RESULT, result)


def _say_result(result: Mapping[str, Any], output: Path, say: Say) -> None:
    for name in ("cross_validation", "test"):
        if name in result:
            say(f"{name.replace('_', '-')}: micro F1 {result[name]['micro_f1']:.4f}")
    say(f"model: {output / MODEL}")


def few_shot_thresholds(scores: Floats, truth: Bools, groups: Sequence[str], *, seed: int = 0) -> list[float]:
    """A threshold for each label from cross-validated scores [n, labels].

    Midway, in log-odds, between the label's own (`tune_thresholds`) and the one that serves all labels best
    if they are taken for one: the first is a noisy thing with few sentences, the second blind to what sets
    labels apart. A label with too few sentences for one of its own takes the second.
    """
    weight, by_label = _PRIOR_POSITIVES, [group for group in groups for _ in range(truth.shape[1])]
    own = tune_thresholds(scores, truth, groups, prior_positives=weight, seed=seed)
    [shared] = tune_thresholds(
        scores.reshape(-1, 1), truth.reshape(-1, 1), by_label, prior_positives=weight, seed=seed
    )
    midway = sigmoid((_log_odds(own) + _log_odds(shared)) / 2)
    chosen = np.where(truth.sum(axis=0) >= FEWEST, midway, shared)
    return [round(float(threshold), 4) for threshold in chosen]


def _log_odds(probability: npt.ArrayLike) -> Floats:
    given = np.asarray(probability, dtype=np.float64)
    return np.asarray(np.log(given / (1 - given)))


def _parts(
    examples: Sequence[Example], test: Sequence[Example], labels: Sequence[str], say: Say
) -> dict[str, list[Example]]:
    """What is learnt from and what is tested on, groups apart; an empty test part is left out."""
    if not any(example.labels for example in examples):
        raise DataError(
            f"none of the {len(examples)} examples carries a label, so there is nothing to learn; "
            f"expected some with {', '.join(labels)}"
        )
    joined = join_near_duplicates([*examples, *test])
    kept, tested = joined[: len(examples)], joined[len(examples) :]
    check_apart(kept, tested, ("the training part", "the test part"))
    if len({example.group for example in kept}) < 2:
        raise DataError(
            f"all {len(kept)} examples are of one group, so that none can be checked by what was learnt "
            "from others; add sentences of other articles"
        )
    for label, count in label_counts(kept, labels).items():
        if count == 0 and label != "none":
            say(f"warning: no training example carries {label!r}; the model cannot learn it")
    return {"train": kept, "test": tested} if tested else {"train": kept}


def _figures(
    scores: Floats, thresholds: Sequence[float], truth: Bools, groups: Sequence[str], labels: Sequence[str]
) -> dict[str, Any]:
    predicted = scores >= np.asarray(thresholds)
    intervals = f1_intervals(predicted, truth, groups, labels)
    return {**measure(predicted, truth, labels), "intervals": intervals}


def _account(base: Base, settings: Settings, choice: Choice, *, tuned: bool, names: bool) -> str:
    """How it was trained, for the model card."""
    named = (
        "Beside the sentences the labels' names are learnt from, which took away "
        f"{WORTH:.0%} of the loss in cross-validation or more."
        if choice.named
        else f"The labels' names are not learnt from: in cross-validation that did not take away {WORTH:.0%} "
        "of the loss."
        if names
        else "The labels' names are not learnt from."
    )
    text = (
        f"Learnt from few sentences, so by the recipe for few (`--few-shot`), from `{base.name}`. A further "
        "layer averages over the tokens, for a sentence encoder's embedding is the mean of its tokens; on "
        "that stands a logistic regression for each label, whose common strength "
        f"(C = {choice.strength:g}) was chosen by cross-validation. {named} The model sees a sentence alone, "
        f"up to {settings.max_length} tokens. "
    )
    if not tuned:
        return text + "The encoder is as it was in the base."
    return text + (
        f"The upper layers were then tuned from there: AdamW, rate {settings.learning_rate:g} "
        f"({settings.head_learning_rate:g} for the head), {settings.batch_size} sentences a step, linear "
        f"warm-up and decay, {settings.epochs} epochs, seed {settings.seed}."
    )
