"""`conflict-events clean`, as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "clean.py"


def clean(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_pieces_are_listed_below_their_article(seeds: Path) -> None:
    done = clean(seeds)
    assert done.returncode == 0
    assert "seed-the-new-arab-raqqa-clashes\n" in done.stdout
    assert "  reading time          3 min read\n" in done.stdout
    assert "At least 28 fighters" not in done.stdout


def test_counts_of_the_seeds(seeds: Path) -> None:
    lines = clean("--counts", seeds).stdout.splitlines()
    assert lines[0] == "5 articles, 78 sentences kept, 33 pieces kept out:"
    assert lines[1].split() == ["11", "9.91", "%", "repeated", "text"]


def test_json_lines_hold_whole_pieces(seeds: Path) -> None:
    refused = clean("--counts", "--jsonl", seeds)
    assert refused.returncode == 2
    assert "--jsonl: --counts shows no text" in refused.stderr
    pieces = [json.loads(line) for line in clean("--jsonl", "--kept", seeds).stdout.splitlines()]
    assert len(pieces) == 111
    assert max(len(piece["text"]) for piece in pieces) > 1000
    assert all(piece["end"] - piece["begin"] == len(piece["text"]) for piece in pieces)


def test_a_bad_input_is_told_and_the_rest_is_done(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "b.txt").write_text("The army took the town.\n3 min read\n")
    done = clean(tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"conflict-events: error: {tmp_path / 'a.txt'}: is empty: remove it, or fill it\n"
    assert "3 min read" in done.stdout
