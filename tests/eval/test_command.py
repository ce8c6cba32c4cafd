"""The commands that are run as modules, `python -m conflict_events.eval.…`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.integration
@pytest.mark.parametrize("module", ["few_shot", "search", "threshold_rules", "outlets", "suggestions"])
def test_a_mistake_is_a_line_and_not_a_traceback(module: str, tmp_path: Path) -> None:
    given = {
        "threshold_rules": ["shipped", "nowhere.jsonl", "--data", "data.json"],
        "outlets": ["nowhere", "nowhere.jsonl"],
    }.get(module, ["nowhere.jsonl"])
    command = [sys.executable, "-m", f"conflict_events.eval.{module}", *given, "-o", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: nowhere.jsonl: no such file; give ")
    assert len(done.stderr.splitlines()) == 1
