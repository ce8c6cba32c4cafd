"""The report and the files beside it, for two small systems, one of whose sentences is hostile."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from conflict_events.errors import DataError
from conflict_events.eval.bootstrap import Difference, Estimate
from conflict_events.eval.evaluation import VIEWS, Entrant, evaluate_systems, make_rounds
from conflict_events.eval.measure import Outcome
from conflict_events.eval.report import difference_cell, estimate_cell, write_report
from conflict_events.eval.run import Run, mistakes
from conflict_events.training.data import Example

from .two_systems import HOSTILE, LABELS, Fixed, examples


def test_the_page_escapes_what_it_shows(run: Run, tmp_path: Path) -> None:
    page = write_report(run, tmp_path).read_text(encoding="utf-8")
    assert "<script>document" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page
    assert "{{7*7}}" in page


def test_the_files_beside_it(run: Run, tmp_path: Path) -> None:
    write_report(run, tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"report.html", "result.json", "scores.npz", "reliability.png", "precision_recall.png"}
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert result["sentences"] == 82
    assert [system["name"] for system in result["systems"]] == ["first", "second"]
    f1 = result["systems"][0]["overall"]["micro"]["f1"]
    assert f1["low"] <= f1["value"] <= f1["high"]
    assert set(result["systems"][0]["parts"]) == {"A", "B", HOSTILE}
    assert result["comparisons"][0]["other"] == "second"
    behaviour = result["systems"][0]["behaviour"]
    assert behaviour["cases"] == sum(rule["cases"] for rule in behaviour["rules"].values())
    assert behaviour["rate"]["low"] <= behaviour["rate"]["value"] <= behaviour["rate"]["high"]
    assert result["comparisons"][0]["behaviour"]["value"] == pytest.approx(
        behaviour["rate"]["value"] - result["systems"][1]["behaviour"]["rate"]["value"], abs=1e-4
    )
    assert "w7x3" not in (tmp_path / "result.json").read_text(encoding="utf-8")  # it holds no text


@pytest.mark.integration
def test_without_text_the_page_holds_no_sentence(run: Run, tmp_path: Path) -> None:
    shown = write_report(run, tmp_path / "with").read_text(encoding="utf-8")
    hidden = write_report(run, tmp_path / "without", show_text=False).read_text(encoding="utf-8")
    wrong = [mistake.example.text.split()[-1] for mistake in mistakes(run.systems[0].outcome)]
    assert wrong
    assert all(word in shown for word in wrong)
    assert not any(word in hidden for word in wrong if word.startswith("w"))


@pytest.mark.integration
def test_the_same_run_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_report(run, tmp_path / name)
    for file in ("report.html", "result.json", "reliability.png", "precision_recall.png"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.integration
def test_whoever_reads_an_earlier_report_reads_it_to_its_end(run: Run, tmp_path: Path) -> None:
    write_report(run, tmp_path / "report")
    (tmp_path / "open").mkdir()
    for path in (tmp_path / "report").iterdir():
        (tmp_path / "open" / path.name).hardlink_to(path)
    write_report(run, tmp_path / "report")
    for path in (tmp_path / "open").iterdir():
        assert not path.samefile(tmp_path / "report" / path.name)  # another file has taken the name


def test_the_most_confident_mistake_comes_first() -> None:
    rows = [Example(f"{n}", "text", ("a",) if n < 2 else (), f"{n}") for n in range(4)]
    scores = np.array([[0.02], [0.4], [0.99], [0.55]], dtype=np.float32)
    found = mistakes(Outcome("x", ("a",), tuple(rows), scores, np.full((4, 1), 0.5, dtype=np.float32)))
    assert [(mistake.example.id, mistake.given) for mistake in found] == [
        ("2", True),
        ("0", False),
        ("1", False),
        ("3", True),
    ]


def test_rounds_are_put_together_and_parts_named_after_them() -> None:
    rounds = make_rounds(examples(), [], LABELS, hold_out="source", only=["A", "B"])
    found = evaluate_systems(
        [Entrant("first", "", lambda: Fixed(1))], rounds, LABELS, resamples=100, view=VIEWS["source"]
    )
    assert set(found.systems[0].parts) == {"A", "B"}
    assert sum(row["test"] for row in found.rounds) == len(found.systems[0].outcome.examples) == 80


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hold_out": "sauce"}, "choose one of fold, source, group"),
        ({"hold_out": "source", "only": ["C"]}, "no part is named 'C'"),
        ({"whole": ["z"]}, "no file is named 'z'; there are x"),
    ],
)
def test_views_that_do_not_exist(options: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        make_rounds(examples(), [], LABELS, **options)


@pytest.mark.parametrize("only", [(), ("A",)])
def test_a_trained_model_cannot_be_held_out_from(only: tuple[str, ...]) -> None:
    rounds = make_rounds(examples(), [], LABELS, hold_out="source", only=only)
    mine = Entrant("mine", "", lambda: Fixed(1), trained=True)
    with pytest.raises(DataError, match="mine has learned already"):
        evaluate_systems([mine], rounds, LABELS, view=VIEWS["source"], resamples=100)


def test_names_must_differ() -> None:
    rounds = make_rounds(examples(), [], LABELS)
    with pytest.raises(DataError, match="two systems are named 'x'"):
        evaluate_systems([Entrant("x", "", lambda: Fixed(1))] * 2, rounds, LABELS, resamples=100)


def test_figures_are_shown_with_their_intervals_and_verdicts() -> None:
    nan = float("nan")
    assert estimate_cell(Estimate(0.9213, 0.9, 0.95)).text == "92.1"
    assert estimate_cell(Estimate(0.9213, 0.9, 0.95)).below == ("90.0 to 95.0",)
    assert estimate_cell(Estimate(nan, nan, nan)).text == "–"
    cell = difference_cell(Difference(0.02, 0.01, 0.03, 0.0005))
    assert (cell.text, cell.below, cell.verdict) == ("+2.0", ("+1.0 to +3.0", "p < 0.001"), "better")
    assert difference_cell(Difference(5, 1, 9, 0.01), more_is_better=False).verdict == "worse"
    assert difference_cell(Difference(5, -1, 9, 0.1), more_is_better=False).verdict == ""


@pytest.mark.integration
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_opens_it_without_complaint(run: Run, tmp_path: Path, scheme: str) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    page = write_report(run, tmp_path)
    command = [
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0",
        f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=2000", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    if scheme == "dark":
        command.insert(1, "--force-dark-mode")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in done.stderr
    assert "<title>owned" not in done.stdout
    assert done.stdout.count("<tr") >= 20
