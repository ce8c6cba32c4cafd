"""`conflict-events train`: fine-tune a model on annotations."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conflict_events.annotations.options import CorporaOption, LabelsConfigOption

if TYPE_CHECKING:
    from conflict_events.training.data import Example

# What goes with --recipe; all else is the recipe's.
RECIPE_OPTIONS = {"recipe", "corpora", "base", "teacher_base", "labels_config", "output", "overwrite"}
# Settings with an option of their own, by its name.
SETTING_OPTIONS = {
    "seed": "seed",
    "epochs": "epochs",
    "lr": "learning_rate",
    "batch_size": "batch_size",
    "context": "context_sentences",
    "context_for": "context_for",
    "soft_weight": "soft_weight",
    "validation_share": "validation_share",
    "precision": "precision",
}
# What the recipe for few sentences has no use for: whoever gives one of these means to train in full.
FULL_OPTIONS = {
    "validation",
    "validation_share",
    "teacher",
    "soft_weight",
    "epochs",
    "lr",
    "batch_size",
    "context",
    "context_for",
    "precision",
    "setting",
}


def train(
    ctx: typer.Context,
    data: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Label Studio JSON exports (.json), labelled rows (.jsonl) and stand-off labels (.tsv, "
            "with --corpora); without any, the project's own annotations.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the run.")] = Path("runs/train"),
    recipe: Annotated[
        str | None,
        typer.Option(
            help="Train by a recipe, which gives data and settings: 'shipped', as the shipped weights were "
            "made, 'large', for a model of 109 M parameters, or the path of a recipe's JSON file.",
            show_default=False,
        ),
    ] = None,
    corpora: CorporaOption = None,
    teacher_base: Annotated[
        str | None,
        typer.Option(
            help="Where the base of a recipe's teacher lies, if not on the hub.", show_default=False
        ),
    ] = None,
    few_shot: Annotated[
        bool | None,
        typer.Option(
            "--few-shot/--full",
            help="Learn by the recipe for few sentences, or in full; by itself, few are below 1,000.",
            show_default=False,
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            help="Model to start from: a folder, a hub id, or 'shipped'. With --recipe: where its base lies.",
            show_default="all-MiniLM-L6-v2",
        ),
    ] = None,
    labels_config: LabelsConfigOption = None,
    validation: Annotated[
        list[Path] | None, typer.Option(help="File to validate on, in place of a share of the data.")
    ] = None,
    validation_share: Annotated[
        float, typer.Option(help="Part of the groups held out to validate on.")
    ] = 0.1,
    test: Annotated[list[Path] | None, typer.Option(help="File to test on, once, at the end.")] = None,
    test_share: Annotated[float, typer.Option(help="Part of the groups held out to test on.")] = 0.0,
    test_from: Annotated[
        str | None, typer.Option(help="Name of the data file whose groups the test share is drawn from.")
    ] = None,
    teacher: Annotated[
        list[Path] | None, typer.Option(help="Teacher scores (.jsonl) to mix into the targets.")
    ] = None,
    soft_weight: Annotated[float, typer.Option(help="Weight of the teacher's scores in the targets.")] = 0.5,
    epochs: Annotated[
        int | None,
        typer.Option(
            help="Passes over the data, at most.", show_default="4, or more where that would be too few steps"
        ),
    ] = None,
    lr: Annotated[float, typer.Option(help="Peak learning rate of the pre-trained layers.")] = 1e-4,
    batch_size: Annotated[int, typer.Option(help="Sentences a step, over all processes.")] = 32,
    context: Annotated[int, typer.Option(help="Preceding sentences the model sees, 0 to 3.")] = 0,
    context_for: Annotated[
        str, typer.Option(help="Which sentences it sees with them: all, or quotations without a speaker.")
    ] = "all",
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 1,
    precision: Annotated[str, typer.Option(help="auto, bf16 or fp32.")] = "auto",
    setting: Annotated[
        list[str] | None,
        typer.Option(help="Any setting of full training, as NAME=VALUE: focal=1; repeat for more."),
    ] = None,
    note: Annotated[str, typer.Option(help="How the labels were made, for the model card.")] = "",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Start over in a folder that holds a run.")
    ] = False,
) -> None:
    """Fine-tune a model on annotations, and write it with its thresholds, figures and card to a folder.

    The same command goes on where it was interrupted. Several GPUs: accelerate launch scripts/train.py ...
    """
    from conflict_events.annotations.label_config import read_label_config
    from conflict_events.errors import DataError
    from conflict_events.training.by_size import FEWEST_EPOCHS, long_enough
    from conflict_events.training.data import (
        OWN_ANNOTATIONS_NOTE,
        check_corpora,
        own_annotations,
        read_examples,
    )
    from conflict_events.training.run import train as run
    from conflict_events.training.settings import Settings, settings_from
    from conflict_events.training.soft_targets import read_soft_targets
    from conflict_events.training.splits import hold_out_test

    if recipe is not None:
        _follow(recipe, corpora, base, teacher_base, labels_config, output, overwrite, given=_given(ctx))
        return
    _refuse_idle(_given(ctx), setting or [], few_shot)
    options = Settings(
        seed=seed,
        epochs=FEWEST_EPOCHS if epochs is None else epochs,
        batch_size=batch_size,
        learning_rate=lr,
        context_sentences=context,
        context_for=context_for,
        soft_weight=soft_weight,
        validation_share=validation_share,
        precision=precision,
    )
    settings = settings_from(setting or [], options)
    labels = read_label_config(labels_config).labels
    if test_from is not None and not test_share:
        raise DataError("--test-from says where a test part is drawn from; say how large: --test-share 0.1")
    files = data or own_annotations()
    check_corpora([*files, *(validation or ()), *(test or ())], corpora)
    examples = read_examples(files, labels, corpora)
    tested = read_examples(test, labels, corpora) if test else []
    if test_share:
        examples, held_out = hold_out_test(
            examples, test_share, origin=test_from, labels=labels, seed=settings.seed
        )
        tested += held_out
    if _by_few_shot(few_shot, examples, base, labels, given=_given(ctx)):
        from conflict_events.training.few_shot import train_few_shot

        train_few_shot(
            examples,
            labels=labels,
            base=base,
            seed=seed,
            output=output,
            test=tested,
            files=[*files, *(test or [])],
            note=note or ("" if data else OWN_ANNOTATIONS_NOTE),
            overwrite=overwrite,
        )
        return
    if epochs is None and not any(told.startswith("epochs=") for told in setting or ()):
        settings = long_enough(settings, len(examples), labels, base)
    run(
        examples,
        labels=labels,
        base=base,
        settings=settings,
        output=output,
        validation=read_examples(validation, labels, corpora) if validation else None,
        test=tested,
        soft=read_soft_targets(teacher, labels) if teacher else None,
        files=[*files, *(validation or []), *(test or [])],
        note=note or ("" if data else OWN_ANNOTATIONS_NOTE),
        overwrite=overwrite,
    )


def _follow(
    name: str,
    corpora: Path | None,
    base: str | None,
    teacher_base: str | None,
    labels_config: Path | None,
    output: Path,
    overwrite: bool,
    given: set[str],
) -> None:
    """Train by a recipe; options that a recipe decides are refused, for they would be dropped."""
    from conflict_events.annotations.label_config import read_label_config
    from conflict_events.errors import DataError
    from conflict_events.training.recipe_file import read_recipe
    from conflict_events.training.reproduce import reproduce

    if not_taken := sorted(given - RECIPE_OPTIONS):
        raise DataError(
            f"{_options(not_taken)}: a recipe decides on data and settings; leave it out, or copy the "
            "recipe's file, change it and name that: --recipe mine.json"
        )
    reproduce(
        read_recipe(name),
        corpora=corpora,
        labels=read_label_config(labels_config).labels,
        output=output,
        base=base,
        teacher_base=teacher_base,
        overwrite=overwrite,
    )


def _refuse_idle(given: set[str], settings: Sequence[str], few_shot: bool | None) -> None:
    """Refuse what would have no effect beside the other options, or without them."""
    from conflict_events.errors import DataError

    if few_shot and (full := sorted(given & FULL_OPTIONS)):
        raise DataError(f"{_options(full)}: of use in full training only; leave it out, or give --full")
    named = {setting.partition("=")[0] for setting in settings}
    if twice := sorted(
        option for option in given & SETTING_OPTIONS.keys() if SETTING_OPTIONS[option] in named
    ):
        raise DataError(f"{_options(twice)}: given by --setting, too; leave one of the two out")
    given = given | {option for option, name in SETTING_OPTIONS.items() if name in named}
    if "teacher_base" in given:
        raise DataError("--teacher-base is of use with --recipe only; --teacher takes a teacher's scores")
    if {"validation", "validation_share"} <= given:
        raise DataError("--validation-share has no effect beside --validation; leave one of the two out")
    if "context_for" in given and "context" not in given:
        raise DataError("--context-for chooses who is shown context; say how many sentences: --context 3")
    if "soft_weight" in given and "teacher" not in given:
        raise DataError("--soft-weight weighs a teacher's scores; name their file: --teacher scores.jsonl")


def _by_few_shot(
    wanted: bool | None, examples: Sequence[Example], base: str | None, labels: Sequence[str], given: set[str]
) -> bool:
    """Whether to learn by the recipe for few sentences; whoever gives an option of full training does not."""
    from conflict_events.training.few_shot import is_few_shot

    if wanted is not None:
        return wanted
    return not given & FULL_OPTIONS and is_few_shot(examples, base, labels)


def _options(parameters: Sequence[str]) -> str:
    """Parameters as they are given: the few with other names on the command line, too."""
    named = {"data": "DATA", "few_shot": "--few-shot or --full"}
    return ", ".join(named.get(name, f"--{name.replace('_', '-')}") for name in parameters)


def _given(context: typer.Context) -> set[str]:
    """The names of the parameters that stood on the command line."""
    return {
        name
        for name in context.params
        if (source := context.get_parameter_source(name)) is not None and source.name == "COMMANDLINE"
    }


if __name__ == "__main__":
    from conflict_events.scripts.cli import main

    main(["train", *sys.argv[1:]])
