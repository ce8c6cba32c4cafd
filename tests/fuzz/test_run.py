"""The fuzzer itself runs, where atheris is installed, and finds what is broken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run.py")


@pytest.mark.integration
def test_a_target_is_fuzzed() -> None:
    pytest.importorskip("atheris", reason="the extra fuzz is not installed")
    done = subprocess.run(
        [sys.executable, str(RUN), "labeling_config", "--seconds", "3"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing found" in done.stdout
