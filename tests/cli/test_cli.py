"""The command around the commands."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_version(run: Run) -> None:
    from conflict_events import __version__

    assert run("--version").stdout == f"conflict-events {__version__}\n"


def test_no_command_shows_the_commands(run: Run) -> None:
    result = run()
    assert "Usage: conflict-events" in result.stdout + result.stderr
    assert "tag" in result.stdout + result.stderr
    assert run("--help").returncode == 0


def test_a_mistyped_command(run: Run) -> None:
    result = run("tga")
    assert result.returncode == 2
    assert "Did you mean 'tag'?" in result.stderr


def test_a_mistyped_option(run: Run) -> None:
    result = run("tag", "article.txt", "--label", "advance")
    assert result.returncode == 2
    assert "--labels" in result.stderr


def test_help_tells_exit_codes_and_examples(run: Run) -> None:
    text = run("tag", "--help").stdout
    assert "Exit codes" in text
    assert "conflict-events tag inbox/ -o events.csv" in text
