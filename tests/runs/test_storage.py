from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conflict_events.runs.storage import open_folder


def interrupted_after(step: Callable[..., Any]) -> Callable[..., Any]:
    def interrupted(*args: Any, **options: Any) -> Any:
        step(*args, **options)
        raise KeyboardInterrupt

    return interrupted


@pytest.mark.parametrize("step", ["open", "replace"])
def test_a_signal_at_any_step_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    folder = open_folder(str(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr(Path, step, interrupted_after(getattr(Path, step)))
        with pytest.raises(KeyboardInterrupt), folder.writing("unit.json") as stream:
            stream.write(b"{}")
    assert [path.name for path in tmp_path.iterdir()] == ([] if step == "open" else ["unit.json"])
