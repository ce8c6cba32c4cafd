"""A small seeded model, and the command line run as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conflict_events.eval.faults.material import write_model

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete model folder of the real architecture; what it says is arbitrary but the same always."""
    return write_model(tmp_path_factory.mktemp("model"), max_length=192)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `conflict-events` in an empty folder, in a process of its own."""

    def run(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "conflict_events.scripts.cli", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            cwd=tmp_path,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def tag(run: Run, model_folder: Path) -> Run:
    """Run `conflict-events tag` with the small model."""

    def tag(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return run("tag", "--model", model_folder, *arguments, stdin=stdin)

    return tag
