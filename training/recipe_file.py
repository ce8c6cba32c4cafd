"""A recipe as a file: the data, the settings, and perhaps a teacher, from which weights can be made again."""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conflict_events.errors import DataError
from conflict_events.training.settings import Settings

FOLDER = Path(__file__).parent / "recipes"


@dataclass(frozen=True)
class Student:
    """What is trained: the base it starts from (None: the default), the hash of its weights, and settings."""

    base: str | None = None
    base_sha256: str = ""
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Teacher(Student):
    """A larger model whose scores become soft targets of the student.

    seeds: one teacher is trained for each; their scores are averaged.
    data: names of the recipe's files that it learns from. None for all.
    scored: names of those that it scores; of the others the student has the labels alone. None for `data`.
    copies: so many altered copies of each scored sentence are scored and learned from, too (`augmentation`).
    copied: names of those of whose sentences copies are made. None for all that are scored.
    unlabelled: files of rows as to train on, whose labels are not looked at: teachers alone judge them.
    """

    seeds: tuple[int, ...] = (1,)
    data: tuple[str, ...] | None = None
    scored: tuple[str, ...] | None = None
    copies: int = 0
    copied: tuple[str, ...] | None = None
    unlabelled: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """A recipe, read from `path`.

    data: the files, and how many sentences each must give.
    test_share, test_from: the part to test on, as of `hold_out_test`; 0 for none.
    """

    path: Path
    data: Mapping[Path, int]
    student: Student
    teacher: Teacher | None = None
    test_share: float = 0.0
    test_from: str | None = None
    note: str = ""


def read_recipe(name: str | Path) -> Recipe:
    """Read a recipe by the path of its JSON file, or by its name if it is one of the project's.

    Data files are looked for beside the recipe, then among the project's annotations. Raises DataError,
    naming the file and what is wrong, for a key or setting that is not known and for a missing file.
    """
    path = Path(name)
    if not path.is_file():
        path = FOLDER / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in FOLDER.glob("*.json")))
        raise DataError(f"{name}: no such recipe; give the path of a recipe's JSON file, or one of {known}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path}: not JSON ({error})") from None
    _check_keys(content, ("note", "data", "test", "teacher", "student"), f"{path}")
    for key in ("data", "student"):
        if key not in content:
            raise DataError(f'{path}: "{key}" is missing')
    test = content.get("test", {})
    _check_keys(test, ("share", "from"), f'{path}, "test"')
    share = test.get("share", 0.0)
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share < 1:
        raise DataError(f'{path}, "test": "share" cannot be {share!r}; give a number from 0 to below 1')
    counts = content["data"]
    _check_keys(counts, None, f'{path}, "data"')
    if not counts or not all(isinstance(count, int) for count in counts.values()):
        raise DataError(f'{path}, "data": give the number of sentences for each file')
    teacher = content.get("teacher")
    return Recipe(
        path=path,
        data={_find(file, path): count for file, count in counts.items()},
        student=Student(**_stage(content["student"], (), f'{path}, "student"')),
        teacher=_teacher(teacher, path, list(counts)) if teacher is not None else None,
        test_share=share,
        test_from=test.get("from"),
        note=content.get("note", ""),
    )


def _teacher(content: Mapping[str, Any], path: Path, files: Sequence[str]) -> Teacher:
    stage = _stage(
        content, ("seeds", "data", "scored", "copies", "copied", "unlabelled"), f'{path}, "teacher"'
    )
    seeds = stage.pop("seeds", [1])
    if not isinstance(seeds, list) or not seeds or not all(isinstance(seed, int) for seed in seeds):
        raise DataError(f'{path}, "teacher": "seeds" must be a list of numbers, one for each teacher')
    unlabelled = tuple(_find(file, path) for file in stage.pop("unlabelled", ()))
    if not isinstance(stage.get("copies", 0), int) or stage.get("copies", 0) < 0:
        raise DataError(f'{path}, "teacher": "copies" must be a number, 0 for none')
    for key in ("data", "scored", "copied"):
        chosen = stage.pop(key, None)
        if chosen is not None and (not chosen or not isinstance(chosen, list) or set(chosen) - set(files)):
            known = ", ".join(files)
            raise DataError(f'{path}, "teacher": "{key}" must name some of the recipe\'s files: {known}')
        stage[key] = tuple(chosen) if chosen else None
    if stage["copied"] and not stage.get("copies"):
        raise DataError(f'{path}, "teacher": "copied" names files, but "copies" asks for no copies')
    scored = stage["scored"] or stage["data"] or files
    if others := [name for name in stage["copied"] or () if name not in scored]:
        raise DataError(f'{path}, "teacher": "copied" names {others[0]}, which is not scored')
    return Teacher(**stage, seeds=tuple(seeds), unlabelled=unlabelled)


def _stage(content: object, more: tuple[str, ...], place: str) -> dict[str, Any]:
    stage = _check_keys(content, ("base", "base_sha256", "settings", *more), place)
    given = _check_keys(stage.get("settings", {}), tuple(_setting_names()), f'{place}, "settings"')
    for name, value in given.items():
        wanted = type(getattr(Settings(), name))
        if not isinstance(value, (int, float) if wanted is float else wanted) or isinstance(value, bool):
            raise DataError(f'{place}, "settings": {name} cannot be {value!r}; give a {wanted.__name__}')
    try:
        return {**stage, "settings": Settings(**given)}
    except DataError as error:
        raise DataError(f"{place}: {error}") from None


def _setting_names() -> list[str]:
    return [setting.name for setting in dataclasses.fields(Settings)]


def _check_keys(content: object, known: tuple[str, ...] | None, place: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise DataError(f"{place}: expected a JSON object")
    for key in content:
        if known is not None and key not in known:
            guess = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {guess[0]!r}?" if guess else f"known: {', '.join(known)}"
            raise DataError(f"{place}: unknown key {key!r}; {hint}")
    return content


def _find(name: str, recipe: Path) -> Path:
    from conflict_events.annotations.label_config import SHIPPED

    for folder in (recipe.parent, SHIPPED.parent):
        if (folder / name).is_file():
            return folder / name
    raise DataError(f"{recipe}: the data file {name} lies neither beside it nor in {SHIPPED.parent}")
