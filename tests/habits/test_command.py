"""Ways to the command line: completion in a shell, `python -m`, the card."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conflict_events.model_folder import SHIPPED

COMPLETE = """
eval "$(conflict-events --show-completion)"
COMP_WORDS=({words})
COMP_CWORD={current}
_conflict_events_completion conflict-events
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conflict_events", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def completions(*words: str) -> list[str]:
    """Return what bash offers for the last of the words after the program's name."""
    typed = " ".join(f"'{word}'" for word in ("conflict-events", *words))
    script = COMPLETE.format(words=typed, current=len(words))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    process = subprocess.run(
        ["bash", "--norc", "-c", script],
        env={**os.environ, "PATH": path},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return process.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("ta",), ["tag"]),
        (("tag", "--thr"), ["--threshold"]),
        (("annotate", "pu"), ["push", "pull"]),
        (("annotate", "pull", "--no-such"), []),
    ],
)
def test_bash_completes(words: tuple[str, ...], offered: list[str]) -> None:
    assert completions(*words) == offered


@pytest.mark.parametrize("shell", ["zsh", "fish", "powershell"])
def test_other_shells_complete_options_of_commands(shell: str) -> None:
    environment = {
        "_CONFLICT_EVENTS_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": "conflict-events tag --thr",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_WORD_TO_COMPLETE": "--thr",
    }
    process = subprocess.run(
        [sys.executable, "-m", "conflict_events"],
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "--threshold" in process.stdout
    assert "--labels" not in process.stdout


def test_the_module_is_the_command() -> None:
    from conflict_events import __version__

    assert run("--version").stdout == f"conflict-events {__version__}\n"
    assert "Usage: conflict-events tag" in run("tag", "--help").stdout


def test_the_card_of_the_shipped_model_and_of_a_folder(tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "model")
    (folder / "README.md").write_text("# Mine\n", encoding="utf-8")
    assert run("card").stdout == (SHIPPED / "README.md").read_text(encoding="utf-8")
    assert run("card", folder).stdout == "# Mine\n"


def test_a_folder_without_a_card(tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "model", ignore=shutil.ignore_patterns("README.md"))
    result = run("card", folder)
    assert result.returncode == 2
    assert result.stderr.startswith(f"conflict-events: error: {folder}: has no model card")
    assert result.stderr.count("\n") == 1
