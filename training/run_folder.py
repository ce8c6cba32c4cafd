"""The folder of a run: what it was asked to do, so that the same command goes on and another is refused."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conflict_events.errors import DataError
from conflict_events.training.base import Base, file_sha256
from conflict_events.training.checkpoint import write_json
from conflict_events.training.data import Example, label_counts
from conflict_events.training.settings import Settings
from conflict_events.training.soft_targets import SoftTargets

SETTINGS = "settings.json"
DATA = "data.json"
RESULT = "result.json"
METRICS = "metrics.jsonl"
CURVES = "curves.png"
CARD = "README.md"
CHECKPOINT = "checkpoint.pt"
BEST = "best.safetensors"
MODEL = "model"

_FILES = {SETTINGS, DATA, RESULT, METRICS, CURVES, CARD, CHECKPOINT, BEST}


def describe_settings(settings: Settings, base: Base, labels: Sequence[str]) -> dict[str, Any]:
    """What decides the numbers of a run beside its data."""
    return {
        "labels": list(labels),
        "base": base.name,
        "base_sha256": base.weights_sha256,
        **dataclasses.asdict(settings),
    }


def describe_data(
    parts: Mapping[str, Sequence[Example]], labels: Sequence[str], files: Sequence[Path], soft: SoftTargets
) -> dict[str, Any]:
    """The files with their hashes, and each part of the split: its size, label counts, groups and hash.

    Sentences that a teacher alone judged are counted apart, for they have no labels.
    """
    judged = {example.id for example in soft.unlabelled}
    alone = [example for part in parts.values() for example in part if example.id in judged]
    parts = {name: [example for example in part if example.id not in judged] for name, part in parts.items()}
    return {
        "files": [{"name": path.name, "sha256": file_sha256(path)} for path in (*files, *soft.files)],
        "sources": _tally(parts, "source"),
        "licenses": _tally(parts, "license"),
        "ties": [example.id for part in parts.values() for example in part if example.tied],
        "parts": {
            name: {
                "examples": len(part),
                "labels": label_counts(part, labels),
                "groups": len({example.group for example in part}),
                "sha256": _hash(part),
            }
            for name, part in parts.items()
        },
        "teacher_alone": {"examples": len(alone), "sha256": _hash(alone)},
        "held_out_groups": {
            name: sorted({example.group for example in part})
            for name, part in parts.items()
            if name != "train"
        },
    }


class AstrayError(DataError):
    """Numbers grew beyond all bounds in training."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder}: training went astray, numbers became infinite; train with a smaller learning rate"
        )


def open_run(folder: Path, settings: Mapping[str, Any], data: Mapping[str, Any], *, overwrite: bool) -> bool:
    """Make the folder ready for this run; returns whether the run is finished already.

    Raises DataError, naming what differs, if the folder holds a run with other settings or data, and for a
    folder that holds anything else.
    """
    try:
        return _open_run(folder, settings, data, overwrite=overwrite)
    except OSError as error:
        raise DataError(f"{folder}: cannot be written ({error.strerror}); name another folder") from None


def settings_of(folder: Path) -> Settings | None:
    """The settings that a run in `folder` was given; None if it was by the recipe for few sentences.

    A run of an earlier version has the defaults of settings that there were not yet. Raises DataError where
    the folder holds no run, or a damaged one.
    """
    if not (folder / SETTINGS).is_file():
        raise DataError(f"{folder}: holds no training run")
    stored = _read(folder / SETTINGS)
    known = {field.name: stored[field.name] for field in dataclasses.fields(Settings) if field.name in stored}
    return None if stored.get("few_shot") else Settings(**known)


def _open_run(folder: Path, settings: Mapping[str, Any], data: Mapping[str, Any], *, overwrite: bool) -> bool:
    if folder.is_file():
        raise DataError(f"{folder}: a file stands there; name a folder for the run")
    if (folder / SETTINGS).exists() and not overwrite:
        _refuse_other(folder, settings, data)
        return (folder / RESULT).exists()
    if (folder / SETTINGS).exists():
        _clear(folder)
    elif folder.exists() and {path.name for path in folder.iterdir()} - {DATA}:
        raise DataError(f"{folder}: the folder is not empty and holds no run; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / DATA, data)
    write_json(folder / SETTINGS, settings)
    return False


def _clear(folder: Path) -> None:
    """Remove what runs write, and nothing else that somebody may keep there."""
    for path in folder.iterdir():
        if path.name.removesuffix(".tmp") == MODEL:
            shutil.rmtree(path)
        elif path.name.removesuffix(".tmp") in _FILES:
            path.unlink()


def _refuse_other(folder: Path, settings: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    known, known_data = _read(folder / SETTINGS), _read(folder / DATA)
    # A run of an earlier version knows nothing of later settings, and had what are now their defaults.
    defaults = dataclasses.asdict(Settings())
    known = {name: defaults[name] for name in settings if name in defaults} | known
    differences = [
        f"{name} was {known.get(name)!r} and is {settings.get(name)!r} now"
        for name in sorted(known.keys() | settings.keys())
        if known.get(name) != json.loads(json.dumps(settings.get(name)))
    ]
    for name in sorted(known_data["parts"].keys() | data["parts"].keys()):
        before, now = known_data["parts"].get(name, {}), data["parts"].get(name, {})
        if before.get("sha256") != now.get("sha256"):
            differences.append(
                f"the {name} part had {before.get('examples', 0)} examples and has "
                f"{now.get('examples', 0)} now, or others"
            )
    if known_data.get("teacher_alone") != data.get("teacher_alone"):
        differences.append("the sentences that a teacher alone judged are others")
    if not differences and known_data["files"] != data["files"]:
        differences.append("the files are others")
    if differences:
        raise DataError(
            f"{folder} holds a run of another kind: {'; '.join(differences)}. "
            "Name another folder, or start over there with --overwrite"
        )


def _read(path: Path) -> dict[str, Any]:
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path}: damaged ({error}); start over in this folder with --overwrite") from None
    return value


def _tally(parts: Mapping[str, Sequence[Example]], name: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for part in parts.values():
        for example in part:
            value = getattr(example, name) or "not stated"
            counts[value] = counts.get(value, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _hash(part: Sequence[Example]) -> str:
    digest = hashlib.sha256()
    for example in part:
        digest.update(
            repr((example.id, example.text, example.labels, example.group, example.context)).encode()
        )
    return digest.hexdigest()
