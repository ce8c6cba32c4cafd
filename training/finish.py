"""From the best weights of a run to its model folder: rounded, calibrated, saved, and thresholds set."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from conflict_events.model_folder import write_settings
from conflict_events.quiet import quiet_transformers
from conflict_events.training.base import Base, load_base, output_layer
from conflict_events.training.calibration import fit_platt, fold_into, tune_thresholds
from conflict_events.training.loop import HeldOut, score_logits
from conflict_events.training.metrics import Floats, f1_intervals, measure, sigmoid
from conflict_events.training.run_folder import AstrayError
from conflict_events.training.settings import Settings


def finish_model(
    weights: Path,
    target: Path,
    base: Base,
    *,
    labels: Sequence[str],
    validation: HeldOut | None,
    test: HeldOut | None,
    settings: Settings,
    device: Any,
) -> dict[str, Any]:
    """Write the model folder `target` and return what was measured on the way.

    The order makes the stored thresholds fit the stored weights: round to 16 bits, score the validation part,
    fit the calibration, fold it into the output layer, save, read that back, set thresholds on its scores.
    Without a validation part scores stay as they are and every threshold is 0.5.
    """
    model, tokenizer = load_base(base, labels)
    _load_rounded(model, weights)
    layer = output_layer(model, len(labels))
    model.to(device)
    slope, intercept = [1.0] * len(labels), [0.0] * len(labels)
    if validation:
        logits = score_logits(model, validation.encoded, tokenizer.pad_token_id, device)
        platt = fit_platt(logits, validation.truth)
        fold_into(layer, platt)
        slope, intercept = platt.slope.tolist(), platt.intercept.tolist()

    folder = target.with_name(target.name + ".tmp")
    shutil.rmtree(folder, ignore_errors=True)
    save_model(model, tokenizer, folder)
    model = _reload(folder).to(device)
    scores = {
        name: sigmoid(score_logits(model, part.encoded, tokenizer.pad_token_id, device))
        for name, part in (("validation", validation), ("test", test))
        if part is not None
    }
    thresholds = [0.5] * len(labels)
    if validation:
        thresholds = tune_thresholds(
            scores["validation"], validation.truth, validation.groups, seed=settings.seed
        )
    named = dict(zip(labels, thresholds, strict=True))
    calibration = {
        "method": "platt",
        "slope": dict(zip(labels, slope, strict=True)),
        "intercept": dict(zip(labels, intercept, strict=True)),
    }
    write_settings(
        folder,
        thresholds=named,
        calibration=calibration,
        context_sentences=settings.context_sentences,
        context_for=settings.context_for,
        max_length=settings.max_length,
    )
    shutil.rmtree(target, ignore_errors=True)  # of a run that was killed just after this
    folder.replace(target)

    result: dict[str, Any] = {"thresholds": named, "calibration": calibration}
    for name, part in (("validation", validation), ("test", test)):
        if part is not None:
            result[name] = _figures(scores[name], thresholds, part, labels)
    return result


def _figures(
    scores: Floats, thresholds: Sequence[float], part: HeldOut, labels: Sequence[str]
) -> dict[str, Any]:
    predicted = scores >= np.asarray(thresholds)
    return {
        **measure(predicted, part.truth, labels),
        "intervals": f1_intervals(predicted, part.truth, part.groups, labels),
    }


def _load_rounded(model: Any, weights: Path) -> None:
    """Load weights as they will be after saving in 16 bits; raises DataError where those are not finite."""
    from safetensors.torch import load_file

    state = {
        name: tensor.half().float() if tensor.is_floating_point() else tensor
        for name, tensor in load_file(weights).items()
    }
    if not all(bool(tensor.isfinite().all()) for tensor in state.values()):
        raise AstrayError(weights.parent)
    model.load_state_dict(state)


def save_model(model: Any, tokenizer: Any, folder: Path) -> None:
    """Save in 16 bits with a tokenizer that neither pads nor cuts, as `write_settings` then completes it."""
    with quiet_transformers():
        model.half().save_pretrained(folder)
    # A base's tokenizer may come with fixed padding and truncation; whoever loads the model decides on those.
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.save_pretrained(folder)
    for path in folder.iterdir():
        path.chmod(path.stat().st_mode | 0o044)  # safetensors writes for its owner alone; a model is for all


def _reload(folder: Path) -> Any:
    from transformers import AutoModelForSequenceClassification

    with quiet_transformers():
        return AutoModelForSequenceClassification.from_pretrained(
            folder, dtype="float32", use_safetensors=True
        )
