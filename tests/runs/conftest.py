"""Runs in this process and by the command line, with a small model."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from conflict_events import EventTagger
from conflict_events.runs import Settings, UnitResult, open_run, tag_unit

from ..cli.conftest import model_folder, run, tag

__all__ = ["model_folder", "run", "tag"]

Tag = Callable[..., list[UnitResult]]


def article(number: int) -> dict[str, str]:
    return {
        "id": f"a{number}",
        "text": f"Rebels seized village number {number} on Sunday. The market opened at {number}. Jets came.",
    }


def write_lines(path: Path, records: Sequence[object]) -> Path:
    """JSON lines; a record that is a string stands there as it is."""
    lines = (record if isinstance(record, str) else json.dumps(record) for record in records)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def rejected_lines(folder: Path) -> list[dict[str, Any]]:
    files = sorted((folder / "_rejected").iterdir())
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*"))


def tree(folder: Path) -> dict[str, bytes]:
    """What a run wrote of the articles: parts and rejected records, byte by byte."""
    files = [*parts(folder), *sorted((folder / "_rejected").iterdir())]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


@pytest.fixture(scope="session")
def tagger(model_folder: Path) -> EventTagger:
    return EventTagger.from_pretrained(model_folder, device="cpu", precision="fp32")


@pytest.fixture(scope="session")
def make_settings(tagger: EventTagger, model_folder: Path) -> Callable[..., Settings]:
    def make_settings(**chosen: Any) -> Settings:
        usual = {
            "model": str(model_folder),
            "model_version": tagger.version,
            "labels": tagger.labels,
            "thresholds": dict(tagger.thresholds),
            "format": "jsonl",
            "all_sentences": True,
            "part_size": 10,
        }
        return Settings(**{**usual, **chosen})

    return make_settings


@pytest.fixture
def tag_folder(tagger: EventTagger, make_settings: Callable[..., Settings]) -> Tag:
    """Tag into a folder as the local engine does; `on_progress` may raise, as if the process were stopped."""

    def tag_folder(
        out: Path | str, *inputs: Path | str, on_progress: Any = None, strict: bool = False, **chosen: Any
    ) -> list[UnitResult]:
        settings = make_settings(**chosen)
        with open_run(str(out), [str(path) for path in inputs], settings) as run:
            results = [
                tag_unit(unit, tagger, settings, run.folder, on_progress=on_progress, strict=strict)
                for unit in run.pending()
            ]
            run.finish()
        return results

    return tag_folder
