"""Folders in which Label Studio cannot be installed or run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conflict_events.annotations.server import REQUIREMENT, free_port, install, running
from conflict_events.errors import AnnotationError
from conflict_events.runs.errors import RunError
from conflict_events.runs.lock import locked


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AnnotationError, match="file/home: cannot make an environment there"):
        install(tmp_path / "file" / "home")
    with (
        pytest.raises(AnnotationError, match="file: cannot keep data there"),
        running(tmp_path, tmp_path / "file", free_port()),
    ):
        pass


def test_only_one_process_installs_in_a_folder(tmp_path: Path) -> None:
    with (
        locked(tmp_path / "lock", ""),
        pytest.raises(RunError, match="Label Studio is being installed there: wait for its end"),
    ):
        install(tmp_path)
    (tmp_path / "installed").write_text(f"{REQUIREMENT}\n")
    install(tmp_path)  # Somebody else has made it meanwhile.
    assert not (tmp_path / "venv").exists()


@pytest.mark.skipif(os.name != "posix", reason="permission bits say little on this system")
def test_what_is_secret_is_for_its_owner_alone(tmp_path: Path) -> None:
    program = tmp_path / "home" / "venv" / "bin" / "label-studio"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    data = tmp_path / "data"
    for _ in range(2):
        with (
            pytest.raises(AnnotationError, match="Label Studio ended while starting"),
            running(tmp_path / "home", data, free_port()),
        ):
            pass
        kept = {path.name: path for path in data.iterdir() if path.name != "server.log"}
        assert set(kept) == {"token", "password", "environment"}
        assert {path.stat().st_mode & 0o777 for path in kept.values()} == {0o600}
    token = kept["token"].read_text().strip()
    assert f"export LABEL_STUDIO_API_KEY={token}\n" in kept["environment"].read_text()
