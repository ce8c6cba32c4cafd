"""What the command says when it refuses something."""

from __future__ import annotations

import subprocess


def error_lines(result: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in result.stderr.splitlines() if line.startswith("conflict-events: error: ")]


def assert_one_error(result: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert result.returncode == 2
    (line,) = error_lines(result)
    for part in parts:
        assert part in line
    assert "Traceback" not in result.stderr
