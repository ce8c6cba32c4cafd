"""Folders in which Label Studio cannot be installed or run."""

from __future__ import annotations

from pathlib import Path

import pytest

from conflict_events.annotations.server import free_port, install, running
from conflict_events.errors import AnnotationError


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AnnotationError, match="file/home: cannot make an environment there"):
        install(tmp_path / "file" / "home")
    with (
        pytest.raises(AnnotationError, match="file: cannot keep data there"),
        running(tmp_path, tmp_path / "file", free_port()),
    ):
        pass
