"""From a recipe's file and the user's downloads to weights: join, check, train teachers and student."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

from conflict_events.errors import DataError, ModelError
from conflict_events.training.base import file_sha256, find_base
from conflict_events.training.checkpoint import write_json
from conflict_events.training.data import Example, check_corpora, read_examples
from conflict_events.training.device import start_accelerator
from conflict_events.training.distillation import write_teacher_scores
from conflict_events.training.near_duplicates import join_near_duplicates
from conflict_events.training.recipe_file import Recipe, Student, Teacher
from conflict_events.training.reporting import Say, say
from conflict_events.training.run import train
from conflict_events.training.soft_targets import read_soft_targets
from conflict_events.training.splits import hold_out, hold_out_test

RECORD = "recipe.json"
STUDENT = "student"
TEACHER = "teacher"


def reproduce(
    recipe: Recipe,
    *,
    corpora: str | Path | None,
    labels: Sequence[str],
    output: str | Path,
    base: str | Path | None = None,
    teacher_base: str | Path | None = None,
    overwrite: bool = False,
    say: Say = say,
) -> Path:
    """Train what a recipe describes and return the student's model folder, `output`/student/model.

    `corpora` is the folder of the downloads that stand-off labels are joined with; `base` and `teacher_base`
    are where the bases of student and teacher lie, if not where the recipe says. Teachers are trained in
    `output`/teacher. The student's test and validation parts are cut off first, so that no teacher learns
    from them. `output`/recipe.json says what was made of what. A run that was interrupted goes on, as of
    `train`.

    Raises DataError for sentences that cannot be joined and for another number of them than the recipe names;
    ModelError for another base than the recipe's; else what `train` raises.
    """
    output = Path(output)
    student, teacher = recipe.student, recipe.teacher
    if base is not None:
        student = replace(student, base=str(base))
    if teacher_base is not None:
        if teacher is None:
            raise DataError(
                f"{recipe.path} has no teacher whose base could lie elsewhere; leave out --teacher-base "
                "(--base says where the student's base lies)"
            )
        teacher = replace(teacher, base=str(teacher_base))
    if teacher and int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise DataError("a recipe with a teacher is for one process: start it without accelerate launch")
    for stage in filter(None, (teacher, student)):
        _check_base(stage, recipe)
    check_corpora([*recipe.data, *(teacher.unlabelled if teacher else ())], corpora)
    examples = read_data(recipe, corpora, labels, say=say)
    if teacher is None:
        validation, soft = None, None
        examples, test = _cut_test(recipe, examples, labels)
    else:
        more = _unlabelled(teacher, corpora, labels, examples)
        parts = _parts(recipe, teacher, examples, more, labels)
        examples, test, validation = parts.student, parts.test, parts.validation
        scores = teach(
            teacher, parts, output / TEACHER, labels=labels, student=student, overwrite=overwrite, say=say
        )
        soft = read_soft_targets(scores, labels)
    model = train(
        examples,
        labels=labels,
        output=output / STUDENT,
        base=student.base,
        settings=student.settings,
        validation=validation,
        test=test,
        soft=soft,
        files=list(recipe.data),
        note=recipe.note,
        overwrite=overwrite,
        say=say,
    )
    if start_accelerator().is_main_process:
        write_json(output / RECORD, _record(recipe, model))
    return model


def read_data(
    recipe: Recipe, corpora: str | Path | None, labels: Sequence[str], *, say: Say = say
) -> list[Example]:
    """All examples of a recipe; raises DataError where a file gives another number than the recipe names."""
    examples: list[Example] = []
    for path, expected in recipe.data.items():
        found = read_examples(path, labels, corpora)
        if len(found) != expected:
            raise DataError(
                f"{path}: gives {len(found):,} labelled sentences, and {recipe.path} says {expected:,}; "
                "get the project's file anew, or correct the recipe if other data are meant"
            )
        joined = ", their text joined by hash" if path.suffix == ".tsv" else ""
        say(f"{path.name}: {len(found):,} sentences{joined}")
        examples += found
    if len({example.id for example in examples}) < len(examples):
        raise DataError(f"{recipe.path}: two of its data files hold a sentence of the same id; leave one out")
    return examples


@dataclass(frozen=True)
class Parts:
    """What teachers learn from and score, what the student learns from, and what neither may see.

    `files` are those of the teachers' examples.
    """

    teacher: list[Example]
    scored: list[Example]
    student: list[Example]
    unlabelled: list[Example]
    validation: list[Example] | None
    test: list[Example]
    files: list[Path]


def _parts(
    recipe: Recipe,
    teacher: Teacher,
    examples: Sequence[Example],
    unlabelled: Sequence[Example],
    labels: Sequence[str],
) -> Parts:
    """Cut test and validation parts off the teachers' data, and take all near to them from the rest.

    Where teachers learn from some files only, they are split as if the others were not there: other data for
    the student leave the teachers as they are.
    """
    files = [path for path in recipe.data if teacher.data is None or path.name in teacher.data]
    names = {path.name for path in files}
    taught, test = _cut_test(recipe, [example for example in examples if example.origin in names], labels)
    settings = recipe.student.settings
    validation: list[Example] | None = None
    if settings.validation_share:
        taught, validation = hold_out(
            join_near_duplicates(taught), settings.validation_share, labels=labels, seed=settings.seed
        )
    held_out = {example.id for example in (*test, *(validation or ()))}
    rest = [example for example in examples if example.origin not in names]
    # Joined once with everything, so that nothing near to a held-out sentence is learned from.
    joined = join_near_duplicates([*taught, *test, *(validation or ()), *rest, *unlabelled])
    apart = {example.group for example in joined if example.id in held_out}
    kept = [example for example in joined if example.group not in apart]
    unlabelled_ids = {example.id for example in unlabelled}
    taught_ids = {example.id for example in taught}
    scored_ids = taught_ids
    if teacher.scored is not None:
        scored_ids = {example.id for example in examples if example.origin in teacher.scored}
    return Parts(
        teacher=[example for example in kept if example.id in taught_ids],
        scored=[example for example in kept if example.id in scored_ids],
        student=[example for example in kept if example.id not in unlabelled_ids],
        unlabelled=[example for example in kept if example.id in unlabelled_ids],
        validation=validation,
        test=test,
        files=files,
    )


def _cut_test(
    recipe: Recipe, examples: list[Example], labels: Sequence[str]
) -> tuple[list[Example], list[Example]]:
    if not recipe.test_share:
        return examples, []
    return hold_out_test(
        examples,
        recipe.test_share,
        origin=recipe.test_from,
        labels=labels,
        seed=recipe.student.settings.seed,
    )


def teach(
    teacher: Teacher,
    parts: Parts,
    folder: Path,
    *,
    labels: Sequence[str],
    student: Student,
    overwrite: bool,
    say: Say,
) -> list[Path]:
    """Train the teachers, a run each in `folder`, and return the files of their scores, one a teacher.

    Each scores what it learnt from (or what `scored` says), altered copies of it, and the unlabelled
    sentences, in the form of `read_soft_targets`.
    """
    scores = []
    for seed in teacher.seeds:
        say(f"teacher with seed {seed}")
        model = train(
            parts.teacher,
            labels=labels,
            output=folder / f"seed-{seed}",
            base=teacher.base,
            settings=replace(teacher.settings, seed=seed),
            validation=parts.validation,
            files=parts.files,
            overwrite=overwrite,
            say=say,
        )
        scores.append(_score(model, teacher, parts, student, folder, labels, say))
    return scores


def _score(
    model: Path,
    teacher: Teacher,
    parts: Parts,
    student: Student,
    folder: Path,
    labels: Sequence[str],
    say: Say,
) -> Path:
    """The file of the model's scores, written unless it is there: its name tells what was scored by what."""
    from conflict_events.model_folder import load_model_folder

    digest = hashlib.sha256(load_model_folder(model).version.encode())
    base = find_base(student.base).weights_sha256 if teacher.copies else ""
    digest.update(repr((teacher.copies, teacher.copied, student.settings.seed, base)).encode())
    for example in (*parts.scored, *parts.unlabelled):
        digest.update(repr((example.id, example.text, example.context)).encode())
    path = folder / f"scores-{digest.hexdigest()[:12]}.jsonl"
    if path.exists():
        return path
    return write_teacher_scores(
        [model],
        parts.scored,
        path,
        labels=labels,
        unlabelled=parts.unlabelled,
        copies=teacher.copies,
        copied=[row for row in parts.scored if teacher.copied is None or row.origin in teacher.copied],
        base=student.base,
        seed=student.settings.seed,
        say=say,
    )


def _unlabelled(
    teacher: Teacher, corpora: str | Path | None, labels: Sequence[str], known: Sequence[Example]
) -> list[Example]:
    ids = {example.id for example in known}
    if not teacher.unlabelled:
        return []
    return [row for row in read_examples(teacher.unlabelled, labels, corpora) if row.id not in ids]


def _check_base(stage: Student, recipe: Recipe) -> None:
    """Refuse, before anything is trained, a base that is missing or is another than the recipe's."""
    found = find_base(stage.base)
    if stage.base_sha256 and found.weights_sha256 != stage.base_sha256:
        raise ModelError(
            f"{found.path / 'model.safetensors'} is not the base of {recipe.path} (sha256 "
            f"{found.weights_sha256[:12]}..., expected {stage.base_sha256[:12]}...); get {found.name} anew"
        )


def _record(recipe: Recipe, model: Path) -> dict[str, object]:
    weights = model / "model.safetensors"
    packages = ("conflict-events", "torch", "transformers", "tokenizers", "accelerate", "numpy")
    return {
        "recipe": recipe.path.name,
        "recipe_sha256": file_sha256(recipe.path),
        "data": {path.name: {"sentences": n, "sha256": file_sha256(path)} for path, n in recipe.data.items()},
        "weights_sha256": file_sha256(weights),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "packages": {name: metadata.version(name) for name in packages},
    }
