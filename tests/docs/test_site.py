"""The site builds without a warning, and says what the code says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conflict_events.output.columns import column_names

from .blocks import PAGES, ROOT


@pytest.mark.integration
def test_the_site_builds_strictly(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="the extra docs is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    api = (tmp_path / "site" / "reference" / "api.html").read_text(encoding="utf-8")
    assert "Calibrated scores, float32" in api
    commands = (tmp_path / "site" / "reference" / "commands.html").read_text(encoding="utf-8")
    assert "--threshold" in commands
    codebook = (tmp_path / "site" / "codebook.html").read_text(encoding="utf-8")
    assert "weapons delivered from an aircraft" in codebook
    assert "<!-- " + "include" not in codebook


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in PAGES:
        if page.is_relative_to(ROOT / "docs"):
            assert page.relative_to(ROOT / "docs").as_posix() in navigation


def test_links_between_documents_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"


def test_examples_of_the_codebook_are_annotated_so() -> None:
    lines = (ROOT / "annotations" / "written.jsonl").read_text(encoding="utf-8").splitlines()
    annotated = {row["text"]: row["labels"] for row in map(json.loads, lines)}
    page = (ROOT / "docs" / "codebook.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]{30,}) \| ([a-z_, ]+) \|$", page, re.MULTILINE)
    assert len(rows) > 20
    for sentence, labels in rows:
        assert (", ".join(annotated[sentence]) or "none") == labels, sentence


def test_the_columns_are_those_of_the_files() -> None:
    page = (ROOT / "docs" / "reference" / "output.md").read_text(encoding="utf-8")
    for name in column_names(["LABEL"]):
        assert f"`{name}`" in page
