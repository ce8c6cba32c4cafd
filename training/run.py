"""A training run from examples to a model folder: split, train, calibrate, test, write down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from conflict_events.errors import DataError
from conflict_events.training.base import find_base, load_base
from conflict_events.training.card import write_card
from conflict_events.training.checkpoint import write_json, write_text
from conflict_events.training.curves import draw_curves
from conflict_events.training.data import Example, label_counts
from conflict_events.training.device import fast_in_bf16, start_accelerator
from conflict_events.training.encoding import contexts_of, encode
from conflict_events.training.loop import HeldOut, Loop, TrainingPart
from conflict_events.training.near_duplicates import join_near_duplicates
from conflict_events.training.reporting import Say, say, silent
from conflict_events.training.run_folder import (
    BEST,
    CARD,
    CHECKPOINT,
    CURVES,
    MODEL,
    RESULT,
    describe_data,
    describe_settings,
    open_run,
)
from conflict_events.training.settings import Settings
from conflict_events.training.soft_targets import SoftTargets, training_targets, truth_of
from conflict_events.training.splits import check_apart, hold_out

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def train(
    examples: Sequence[Example],
    *,
    labels: Sequence[str],
    output: str | Path,
    base: str | Path | None = None,
    settings: Settings | None = None,
    validation: Sequence[Example] | None = None,
    test: Sequence[Example] = (),
    soft: SoftTargets | None = None,
    files: Sequence[Path] = (),
    note: str = "",
    overwrite: bool = False,
    checkpoint_steps: int = 100,
    say: Say = say,
) -> Path:
    """Fine-tune `base` on examples and return the model folder, `output`/model.

    Where no `validation` is given, `settings.validation_share` of `examples` is held out for it, by group.
    `test` is scored once, at the end. `soft` holds a teacher's scores, `files` are recorded by hash, `note`
    stands in the model card (how the labels were made, say). A run that was interrupted goes on when called
    again with the same arguments; one that is finished is left as it is; any other run in `output` is refused
    unless `overwrite`. Works unchanged on several processes under `accelerate launch`.

    Raises DataError for examples that cannot be trained on, groups on both sides of a split and a folder of
    another run; ModelError for a base that is not there.
    """
    settings = settings or Settings()
    soft = soft or SoftTargets()
    output = Path(output)
    accelerator = start_accelerator()
    say = say if accelerator.is_main_process else silent
    parts = _split(examples, validation, test, soft, labels, settings, say)
    found = find_base(base)
    described = describe_settings(settings, found, labels)
    data = describe_data(parts, labels, files, soft) | {"note": note}
    with accelerator.main_process_first():
        finished = open_run(output, described, data, overwrite=overwrite and accelerator.is_main_process)
    if finished:
        say(f"{output}: this run is finished; its model is {output / MODEL}")
        return output / MODEL

    import torch

    torch.manual_seed(settings.seed)
    model, tokenizer = load_base(found, labels)
    held_out = {
        name: _held_out(parts.get(name, ()), tokenizer, labels, settings) for name in ("validation", "test")
    }
    bf16 = settings.precision == "bf16" or (settings.precision == "auto" and fast_in_bf16())
    loop = Loop(
        accelerator,
        model,
        _training_part(parts["train"], tokenizer, labels, soft, settings),
        held_out["validation"],
        labels=labels,
        pad_id=tokenizer.pad_token_id,
        settings=settings,
        bf16=bf16,
        folder=output,
        checkpoint_steps=checkpoint_steps,
        say=say,
    )
    progress = loop.run()
    if accelerator.is_main_process:
        from conflict_events.training.finish import finish_model

        result = finish_model(
            output / BEST,
            output / MODEL,
            found,
            labels=labels,
            validation=held_out["validation"],
            test=held_out["test"],
            settings=settings,
            device=accelerator.device,
        )
        result |= {
            "kept_epoch": progress.best_epoch + 1,
            "precision": "bf16" if bf16 else "fp32",
            "soft_targets": sum(example.id in soft.scores for example in parts["train"]),
            "teacher_alone": data["teacher_alone"]["examples"],
        }
        draw_curves(progress.history, progress.best_epoch + 1, output / CURVES)
        card = write_card(described, data, result)
        write_text(output / MODEL / CARD, card)
        write_text(output / CARD, card)
        write_json(output / RESULT, result)
        (output / CHECKPOINT).unlink(missing_ok=True)
        (output / BEST).unlink(missing_ok=True)
        _say_result(result, output, say)
    accelerator.wait_for_everyone()
    return output / MODEL


def _split(
    examples: Sequence[Example],
    validation: Sequence[Example] | None,
    test: Sequence[Example],
    soft: SoftTargets,
    labels: Sequence[str],
    settings: Settings,
    say: Say,
) -> dict[str, list[Example]]:
    """The parts by name, groups apart; parts that are empty are left out."""
    if not any(example.labels for example in examples):
        raise DataError(
            f"none of the {len(examples)} examples carries a label, so there is nothing to learn; "
            f"expected some with {', '.join(labels)}"
        )
    labelled = [*examples, *(validation or ()), *test]
    known_groups = {example.group for example in labelled}
    # Altered copies of labelled sentences are of their originals' groups and say nothing of who copied whom.
    others = [row for row in soft.unlabelled if row.group not in known_groups]
    given = [examples, validation or (), test, others]
    joined = iter(join_near_duplicates([*labelled, *others]))
    kept, checked, tested, unlabelled = ([next(joined) for _ in part] for part in given)
    now = {
        was.group: example.group for was, example in zip(labelled, (*kept, *checked, *tested), strict=True)
    }
    unlabelled += [replace(row, group=now[row.group]) for row in soft.unlabelled if row.group in now]
    check_apart(kept, tested, ("the training part", "the test part"))
    if validation is not None:
        check_apart(kept, checked, ("the training part", "the validation part"))
        check_apart(checked, tested, ("the validation part", "the test part"))
    elif settings.validation_share:
        kept, checked = hold_out(kept, settings.validation_share, labels=labels, seed=settings.seed)
    held_out = {example.group for example in (*checked, *tested)}
    known = {example.id for example in (*kept, *checked, *tested)}
    kept += [row for row in unlabelled if row.group not in held_out and row.id not in known]
    for label, count in label_counts(kept, labels).items():
        if count == 0 and label != "none":
            say(f"warning: no training example carries {label!r}; the model cannot learn it")
    parts = {"train": kept, "validation": checked, "test": tested}
    say("; ".join(f"{name} {len(part):,} sentences" for name, part in parts.items() if part))
    return {name: part for name, part in parts.items() if part}


def _training_part(
    examples: Sequence[Example],
    tokenizer: PreTrainedTokenizerBase,
    labels: Sequence[str],
    soft: SoftTargets,
    settings: Settings,
) -> TrainingPart:
    texts = [example.text for example in examples]
    contexts = contexts_of(examples, settings.context_sentences, settings.context_for)
    return TrainingPart(
        alone=encode(tokenizer, texts, [""] * len(texts), settings.max_length),
        with_context=encode(tokenizer, texts, contexts, settings.max_length) if any(contexts) else None,
        targets=training_targets(examples, labels, soft, settings.soft_weight),
    )


def _held_out(
    examples: Sequence[Example],
    tokenizer: PreTrainedTokenizerBase,
    labels: Sequence[str],
    settings: Settings,
) -> HeldOut | None:
    if not examples:
        return None
    contexts = contexts_of(examples, settings.context_sentences, settings.context_for)
    encoded = encode(tokenizer, [example.text for example in examples], contexts, settings.max_length)
    return HeldOut(encoded, truth_of(examples, labels), [example.group for example in examples])


def _say_result(result: dict[str, object], output: Path, say: Say) -> None:
    for name in ("validation", "test"):
        figures = result.get(name)
        if isinstance(figures, dict):
            micro = f"micro F1 {figures['micro_f1']:.4f}"
            if interval := figures["intervals"].get("micro_f1"):
                micro += " [{:.4f}, {:.4f}]".format(*interval)
            say(f"{name}: {micro}, macro F1 {figures['macro_f1']:.4f}")
    say(f"model: {output / MODEL}")
