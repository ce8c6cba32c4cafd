"""Figures of evaluation runs in a model's card."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conflict_events.errors import DataError
from conflict_events.eval.card_figures import HEADING, figures_section, with_section
from conflict_events.model_folder import load_model_folder

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "eval" / "results"
# As docs/evaluation.md names them for the shipped weights.
RUNS = {
    "the test part above": RESULTS / "in-domain",
    "re3d and CAMEO, sources never seen": RESULTS / "sources",
    "news of 2001, an outlet never seen": RESULTS / "unseen",
    "ordinary news, outlets learned from": RESULTS / "news",
    "the seed articles": RESULTS / "shipped",
}


def test_the_shipped_card_has_the_figures_of_the_results() -> None:
    shipped = load_model_folder(None)
    card = (shipped.path / "README.md").read_text(encoding="utf-8")
    assert with_section(card, figures_section(shipped.version, RUNS)) == card


def test_the_section_replaces_the_one_before_and_leaves_all_else() -> None:
    card = "# A model\n\n## Figures\n\nGood.\n\n## Limits\n\nEnglish only.\n"
    once = with_section(card, f"{HEADING}\n\nfirst")
    assert once == f"# A model\n\n## Figures\n\nGood.\n\n{HEADING}\n\nfirst\n\n## Limits\n\nEnglish only.\n"
    assert with_section(once, f"{HEADING}\n\nsecond") == once.replace("first", "second")
    deeper = "# A model\n\n### Limits\n\nNone.\n"
    assert with_section(deeper, f"{HEADING}\n\nfirst") == f"{deeper}\n{HEADING}\n\nfirst\n"
    assert with_section("# A model\n", f"{HEADING}\n\nfirst") == f"# A model\n\n{HEADING}\n\nfirst\n"


def test_a_run_of_another_model_is_refused() -> None:
    with pytest.raises(DataError, match=r"in-domain.result\.json: its first system is .*, and the card is"):
        figures_section("0123456789ab", {"news": RESULTS / "in-domain"})


def test_a_run_of_an_earlier_version_is_refused(tmp_path: Path) -> None:
    result = json.loads((RESULTS / "in-domain" / "result.json").read_text(encoding="utf-8"))
    (tmp_path / "result.json").write_text(json.dumps(result | {"format": 1}), encoding="utf-8")
    with pytest.raises(DataError, match="measured by another version"):
        figures_section("0123456789ab", {"news": tmp_path})


def test_a_damaged_run_is_refused(tmp_path: Path) -> None:
    result = json.loads((RESULTS / "in-domain" / "result.json").read_text(encoding="utf-8"))
    del result["systems"][0]["overall"]["micro"]
    (tmp_path / "result.json").write_text(json.dumps(result), encoding="utf-8")
    with pytest.raises(DataError, match="not the folder of an evaluation run"):
        figures_section("0123456789ab", {"news": tmp_path})


@pytest.mark.integration
def test_the_command_writes_the_card_of_a_model_folder(tmp_path: Path) -> None:
    shutil.copytree(load_model_folder(None).path, tmp_path / "model")
    card = tmp_path / "model" / "README.md"
    card.write_text("# Mine\n", encoding="utf-8")
    command = [sys.executable, "-m", "conflict_events.eval.card_figures", str(tmp_path / "model")]
    done = subprocess.run([*command, f"news={RESULTS / 'unseen'}"], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "| news | 2,673 |" in card.read_text(encoding="utf-8")
    for runs, told in (
        (["nowhere"], "nowhere: say what was measured, too: 'news of 2001=nowhere'"),
        (["news=a", "news=b"], "news: two runs are named so; give each a name of its own"),
        (["a|b=a"], "'a|b': cannot stand in a table; leave out bars and line breaks"),
    ):
        done = subprocess.run([*command, *runs], capture_output=True, encoding="utf-8")
        assert (done.returncode, done.stderr) == (2, f"error: {told}\n")
