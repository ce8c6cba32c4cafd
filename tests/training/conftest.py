"""Little sets of real sentences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conflict_events.training.data import Example, own_annotations, read_examples

LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")


@pytest.fixture(scope="session")
def written() -> list[Example]:
    return read_examples(own_annotations()[0], LABELS)


@pytest.fixture
def written_rows(tmp_path: Path) -> Callable[[int], Path]:
    """Writes every n-th document's rows of the written corpus to a file."""

    def write(every: int) -> Path:
        import json

        lines = own_annotations()[0].read_text(encoding="utf-8").splitlines()
        groups = sorted({json.loads(line)["group"] for line in lines})[::every]
        path = tmp_path / "data.jsonl"
        path.write_text(
            "".join(line + "\n" for line in lines if json.loads(line)["group"] in groups), encoding="utf-8"
        )
        return path

    return write
