"""The settings of a training run, each with its default; those of the shipped weights are in their recipe."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from conflict_events.errors import DataError
from conflict_events.model_folder import CONTEXT_FOR


@dataclass(frozen=True)
class Settings:
    """Hyper-parameters. Two runs with equal settings, data and base give the same numbers on one machine.

    seed: of the split, the order of batches, dropout and the new head.
    epochs: at most so many passes over the training part; `patience` may end it earlier.
    batch_size: sentences a step, over all processes together.
    learning_rate, head_learning_rate: peaks for the pre-trained body and for the new output layers.
    layer_decay: each layer further from the output learns slower by this factor; 1 for none.
    weight_decay: AdamW's, for all but biases and normalisation.
    warmup_share: part of the steps in which the rate climbs; it then falls linearly to zero.
    max_grad_norm: gradients are clipped to this norm.
    averaging: the weights that are measured and kept are a moving average of those that learn, in which past
        steps fade by this factor every 8 steps; 0 for none (Izmailov et al., UAI 2018, on why it helps).
    label_smoothing: targets are drawn towards one half by this share of the way (Szegedy et al., CVPR 2016).
    r_drop: weight of the divergence between two passes over each sentence that differ in their dropout
        (Liang et al., NeurIPS 2021); 0 for one pass, and half the time.
    focal: errors count by this power of their distance from the target, so that what is known already counts
        little (Lin et al., ICCV 2017; for scores as targets Li et al., NeurIPS 2020): 1 or more, or 0 for
        all alike.
    rare_weight: a label's positives weigh its negatives' number over its positives' (at most 100), to this
        power: 1 makes up for all of a label's rarity, 0 for none.
    max_length: tokens a sentence with its context; longer ones are cut in training.
    context_sentences: preceding sentences encoded beside the sentence, 0 to 3.
    context_for: "all" sentences, or "quotations": those that say something in quotation marks without saying
        who speaks, which only the text before them tells, and to which alone it is then shown.
    context_dropout: part of the examples that are shown without context in an epoch, so that the model
        also serves single sentences.
    soft_weight: share of a teacher's scores in the target where there are some; the rest is the label.
    validation_share: part of the examples held out (by group) to stop early, calibrate and set thresholds,
        where no validation examples are given; 0 for none: then the last epoch is kept, uncalibrated.
    stop_on: "f1" (micro, at 0.5) or "loss": what of the validation part chooses the epoch to keep.
    patience: epochs without a better one after which training ends.
    precision: "bf16", "fp32", or "auto": bf16 where the device is fast in it.
    """

    seed: int = 1
    epochs: int = 4
    batch_size: int = 32
    learning_rate: float = 1e-4
    head_learning_rate: float = 1e-3
    layer_decay: float = 1.0
    weight_decay: float = 0.01
    warmup_share: float = 0.1
    max_grad_norm: float = 1.0
    averaging: float = 0.0
    label_smoothing: float = 0.0
    r_drop: float = 0.0
    focal: float = 0.0
    rare_weight: float = 0.0
    max_length: int = 192
    context_sentences: int = 0
    context_for: str = "all"
    context_dropout: float = 0.5
    soft_weight: float = 0.5
    validation_share: float = 0.1
    stop_on: str = "f1"
    patience: int = 2
    precision: str = "auto"

    def __post_init__(self) -> None:
        allowed = {
            "seed": (self.seed >= 0, "0 or more"),
            "epochs": (self.epochs >= 1, "1 or more"),
            "batch_size": (self.batch_size >= 1, "1 or more"),
            "learning_rate": (0 < self.learning_rate < math.inf, "above 0"),
            "head_learning_rate": (0 < self.head_learning_rate < math.inf, "above 0"),
            "layer_decay": (0 < self.layer_decay <= 1, "above 0, at most 1"),
            "weight_decay": (0 <= self.weight_decay < math.inf, "0 or more"),
            "warmup_share": (0 <= self.warmup_share <= 1, "0 to 1"),
            "max_grad_norm": (0 < self.max_grad_norm < math.inf, "above 0"),
            "averaging": (0 <= self.averaging < 1, "0 to below 1"),
            "label_smoothing": (0 <= self.label_smoothing < 1, "0 to below 1"),
            "r_drop": (0 <= self.r_drop < math.inf, "0 or more"),
            "focal": (self.focal == 0 or 1 <= self.focal < math.inf, "0, or 1 or more"),
            "rare_weight": (0 <= self.rare_weight <= 1, "0 to 1"),
            "max_length": (8 <= self.max_length <= 512, "8 to 512"),
            "context_sentences": (0 <= self.context_sentences <= 3, "0 to 3"),
            "context_for": (self.context_for in CONTEXT_FOR, "all or quotations"),
            "context_dropout": (0 <= self.context_dropout <= 1, "0 to 1"),
            "soft_weight": (0 <= self.soft_weight <= 1, "0 to 1"),
            "validation_share": (0 <= self.validation_share < 1, "0 to below 1"),
            "stop_on": (self.stop_on in ("f1", "loss"), "f1 or loss"),
            "patience": (self.patience >= 1, "1 or more"),
            "precision": (self.precision in ("auto", "bf16", "fp32"), "auto, bf16 or fp32"),
        }
        for name, (fits, range_) in allowed.items():
            if not fits:
                raise DataError(f"the setting {name} cannot be {getattr(self, name)!r}; give {range_}")


def settings_from(options: Sequence[str], given: Settings | None = None) -> Settings:
    """The defaults, or what is `given`, with NAME=VALUE options in their place.

    Raises DataError for a name that is no setting's, and a value of another type or out of its range.
    """
    defaults = asdict(given or Settings())
    chosen = {}
    for option in options:
        name, _, value = option.partition("=")
        if name not in defaults:
            guess = difflib.get_close_matches(name, defaults, n=1)
            hint = f"did you mean {guess[0]!r}?" if guess else f"there are {', '.join(defaults)}"
            raise DataError(f"--setting {option}: no setting is named {name!r}; {hint}")
        try:
            chosen[name] = type(defaults[name])(value)
        except ValueError:
            kind = type(defaults[name]).__name__
            raise DataError(f"--setting {option}: {value!r} is not of type {kind}") from None
    return Settings(**{**defaults, **chosen})
