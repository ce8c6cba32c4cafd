"""The benchmark: what it computes from what it times, and a small whole run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from conflict_events import Article, read_articles
from conflict_events.annotations.standoff import standoff_of
from conflict_events.errors import ConflictEventsError, DataError
from conflict_events.eval.benchmark.growth import Growth, Run
from conflict_events.eval.benchmark.material import read_material, write_repeated
from conflict_events.eval.benchmark.memory import write_short_articles
from conflict_events.eval.benchmark.parity import Parity
from conflict_events.eval.benchmark.rounds import Case, Rate, rates
from conflict_events.eval.benchmark.run import Plan, run_benchmark
from conflict_events.eval.benchmark.throughput import Throughput
from conflict_events.eval.benchmark.training_speed import read_training
from conflict_events.scripts.cli import main


def test_cases_are_timed_by_turns_on_as_much_as_they_manage() -> None:
    turns: list[tuple[str, int]] = []

    def case(name: str, cost: int) -> Case:
        def run(sentences: Sequence[str]) -> None:
            turns.append((name, len(sentences)))
            sum(range(cost * len(sentences)))

        return Case(name, run)

    slow, quick = rates([case("slow", 20_000), case("quick", 1_000)], ["a", "b"], rounds=3, seconds=0.05)
    assert quick.sentences > 3 * slow.sentences
    assert [name for name, _ in turns[-6:]] == ["slow", "quick"] * 3
    assert all(size == slow.sentences for name, size in turns[-6:] if name == "slow")
    assert quick.median > 3 * slow.median
    assert len(quick.rounds) == 3


def test_ratios_are_of_medians() -> None:
    ours, rival = Rate("ours", 1, (90.0, 100.0, 1000.0)), Rate("rival", 1, (1.0, 10.0, 11.0))
    throughput = Throughput("cpu", "ours", (ours, rival), 0)
    assert throughput.ratio_to(rival) == 10
    assert throughput.ratio_to(ours) == 1


def test_growth_in_proportion_has_the_exponent_one() -> None:
    def growth(power: float) -> Growth:
        sizes = (100, 1_000, 10_000)
        return Growth("cpu", tuple(Run(size, 10 * size, 0.01 * size**power, 0) for size in sizes))

    assert growth(1).exponent == pytest.approx(1)
    assert growth(2).exponent == pytest.approx(2)


def test_more_than_a_thousandth_of_changed_decisions_fails() -> None:
    assert Parity("openvino bf16", "cpu", True, 100, 0.1, 0.01, 0.001).passes
    assert not Parity("openvino bf16", "cpu", True, 100, 0.1, 0.01, 0.0011).passes


def test_articles_are_repeated_under_new_ids(tmp_path: Path) -> None:
    given = [Article("a", "One."), Article("b", "Two.")]
    repeated = list(read_articles(write_repeated(given, 5, tmp_path / "many.jsonl")))
    assert [one.text for one in repeated] == ["One.", "Two.", "One.", "Two.", "One."]
    assert len({one.id for one in repeated}) == 5


def test_short_articles_differ(tmp_path: Path) -> None:
    written = list(read_articles(write_short_articles(["One.", "Two."], 5, tmp_path / "short.jsonl")))
    assert len({one.id for one in written}) == len({one.text for one in written}) == 5


def test_the_seeds_are_the_material_where_none_is_named() -> None:
    material = read_material([])
    assert len(material.articles) == 5
    assert sorted(material.sentences) != list(material.sentences)
    assert set(material.different) == set(material.sentences)


def test_an_unknown_section_is_refused() -> None:
    with pytest.raises(ConflictEventsError, match="no section 'speed'; there are throughput"):
        run_benchmark(Plan(sections=("speed",)), print)


def test_training_is_measured_on_stand_off_labels_with_the_text_of_downloads(
    tmp_path: Path, downloads: Path, labelled_rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "fakes.standoff.tsv"
    labels.write_text(standoff_of(labelled_rows / "fakes.jsonl", downloads), encoding="utf-8")
    assert len(read_training([labels], downloads)) == 50
    with pytest.raises(DataError, match="name the folder of your downloads of it with --corpora"):
        run_benchmark(Plan(training=(labels,), sections=("training",)), print)
    (tmp_path / "empty").mkdir()
    options = ["--training", str(labels), "--corpora", str(tmp_path / "empty"), "-o", str(tmp_path / "out")]
    with pytest.raises(SystemExit):
        main(["benchmark", *options, "--only", "training"])
    assert str(tmp_path / "empty") in capsys.readouterr().err


def test_data_for_training_are_refused_where_they_are_not_looked_at(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="of use with stand-off labels"):
        run_benchmark(Plan(corpora=tmp_path, sections=("training",)), print)
    with pytest.raises(ConflictEventsError, match="name that section, too: --only cold-start,training"):
        run_benchmark(Plan(training=(tmp_path / "a.jsonl",), sections=("cold-start",)), print)


@pytest.mark.integration
def test_a_small_run_writes_tables_figures_and_plots(tiny: Path, tmp_path: Path) -> None:
    script = Path(__file__).resolve().parents[2] / "scripts" / "benchmark.py"
    small = ["--rounds", "1", "--seconds", "0.1", "--most-articles", "100", "--most-short-articles", "1000"]
    sections = ["--only", "throughput,end-to-end,cold-start,parity,growth,memory"]
    result = subprocess.run(
        [sys.executable, str(script), "--model", str(tiny), "-o", str(tmp_path / "out"), *small, *sections],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode in (0, 1), result.stderr  # 1: the tiny model's head is drawn at random.
    figures = json.loads((tmp_path / "out" / "benchmark.json").read_text(encoding="utf-8"))
    assert figures["machine"]["threads"] >= 1
    assert len(figures["throughput"][0]["rates"]) >= 6
    assert figures["growth"][0]["runs"][0]["articles"] == 100
    [memory] = figures["memory"][0]["runs"]
    assert memory["articles"] == 1_000
    assert figures["command"].startswith("python scripts/benchmark.py --model")
    assert figures["model"]
    assert memory["peak_bytes"] >= max(sample["bytes"] for sample in memory["samples"]) > 2**20
    page = (tmp_path / "out" / "benchmark.md").read_text(encoding="utf-8")
    for title in (
        "Throughput on cpu",
        "Where the time goes",
        "Cold start",
        "Parity",
        "Growth on cpu",
        "Memory of a run",
    ):
        assert f"## {title}" in page
    assert {file.name for file in (tmp_path / "out").glob("*.png")} >= {
        "throughput-cpu.png",
        "growth.png",
        "memory.png",
    }
