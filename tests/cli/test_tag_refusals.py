"""What `conflict-events tag` refuses: one clear error, and nothing written."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from conflict_events.scripts.output_checks import check_output, run_files

from .errors import assert_one_error, error_lines

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.integration
def test_a_label_the_model_lacks(tag: Run, seeds: Path) -> None:
    known = "it has advance, airstrike, casualty_report, diplomatic_statement"
    assert_one_error(tag(seeds, "--labels", "air_strike"), "'air_strike'", known, 'did you mean "airstrike"?')
    assert_one_error(tag(seeds, "--threshold", "advances=0.5"), "'advances'", known)


@pytest.mark.integration
@pytest.mark.parametrize("threshold", ["high", "1.5", "advance=", "nan"])
def test_a_threshold_that_is_none(tag: Run, seeds: Path, threshold: str) -> None:
    assert_one_error(tag(seeds, "--threshold", threshold), f"--threshold {threshold}", "a number from 0 to 1")


@pytest.mark.integration
def test_nothing_to_read_leaves_no_output(tag: Run, tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "out.csv").write_text("yesterday's")
    result = tag("inbox", "missing.txt", "-o", "out.csv")
    assert result.returncode == 2
    folder, file, nothing = error_lines(result)
    assert "inbox" in folder
    assert "missing.txt" in file
    assert "out.csv was not written" in nothing
    assert (tmp_path / "out.csv").read_text() == "yesterday's"


@pytest.mark.integration
@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("missing/out.csv", "does not exist"),
        ("inbox", "is also an input"),
        ("inbox/out/", "would be read as an input"),
        ("", "has no name"),
        ("out.xlsx", "give --format"),
        ("inbox/article.txt", "would be read as an input"),
        ("inbox/out.csv", "would be read as an input"),
        ("/proc/out.csv", "cannot be written"),
    ],
)
def test_an_output_that_cannot_be(tag: Run, tmp_path: Path, output: str, message: str) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "article.txt").write_text("The army advanced.")
    format = [] if output.endswith((".csv", ".xlsx")) else ["--format", "csv"]
    assert_one_error(tag("inbox", "-o", output, *format), output, message)
    assert [path.name for path in inbox.iterdir()] == ["article.txt"]
    assert (inbox / "article.txt").read_text() == "The army advanced."


@pytest.mark.integration
def test_an_output_that_the_pattern_of_the_inputs_would_match(tag: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "The army advanced."}\n')
    assert_one_error(tag("*.jsonl", "-o", "out.jsonl"), "would be read as an input")
    assert_one_error(tag("a.jsonl", "-o", "./a.jsonl"), "is also an input")


@pytest.mark.integration
@pytest.mark.parametrize(
    ("pattern", "output", "format"),
    [
        ("news/**/*.jsonl", "news/tagged/", "parquet"),  # its plan
        ("news/**/*.jsonl", "news/2024/tagged/", "csv"),
        ("news/**/*[1-9].csv", "news/tagged/", "csv"),  # a later part
        ("news/*/*.csv", "news/tagged/", "csv"),
        ("news/**/*.jsonl", "linked/", "csv"),
        ("news/**/*.jsonl", "news/out.jsonl", None),
        ("news/**/*.jsonl", "news/2024/out.jsonl", None),
    ],
)
def test_an_output_that_a_pattern_would_match_at_any_depth(
    tag: Run, tmp_path: Path, pattern: str, output: str, format: str | None
) -> None:
    (tmp_path / "news" / "2024").mkdir(parents=True)
    (tmp_path / "linked").symlink_to("news/beyond")
    (tmp_path / "news" / "2024" / "a.jsonl").write_text('{"text": "The army advanced."}\n')
    result = tag(pattern, "-o", output, *(["--format", format] if format else []))
    assert_one_error(result, f"{output}: would be read as an input ({pattern})")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.jsonl"]


@pytest.mark.parametrize(
    ("pattern", "output", "format"),
    [
        ("news/**/*.txt", "news/tagged/", "parquet"),
        ("news/**/*.txt", "news/out.jsonl", None),
        ("news/*/a*.jsonl", "news/out.jsonl", None),
        ("news/*.jsonl", "news/tagged/", "jsonl"),
        ("news/202[0-9]/*.jsonl", "news/tagged/", "jsonl"),
    ],
)
def test_an_output_that_a_pattern_would_not_match(
    tmp_path: Path, pattern: str, output: str, format: str | None
) -> None:
    (tmp_path / "news").mkdir()
    files = run_files(format, None) if format else ()
    check_output(str(tmp_path / output), [str(tmp_path / pattern)], files=files)


@pytest.mark.integration
def test_rejected_records_need_a_file_of_their_own(tag: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "The army advanced."}\n{\n')
    (tmp_path / "out.csv").write_text("yesterday's")
    (tmp_path / "link.csv").symlink_to("out.csv")
    (tmp_path / "folder").mkdir()
    for output, rejected in (
        ("out.csv", "out.csv"),
        ("out.csv", "folder/../out.csv"),
        ("link.csv", "out.csv"),
        ("out.csv", "link.csv"),
        ("new.csv", "./new.csv"),
        ("-", "-"),
    ):
        result = tag("a.jsonl", "-o", output, "--rejected", rejected)
        assert_one_error(result, f"{rejected}: is also the output; choose another file for --rejected")
    assert (tmp_path / "out.csv").read_text() == "yesterday's"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "folder", "link.csv", "out.csv"]


@pytest.mark.integration
def test_an_unknown_format(tag: Run, seeds: Path) -> None:
    assert_one_error(tag(seeds, "--format", "xml"), "'xml'", "table, jsonl, csv, parquet, html")
    assert_one_error(tag(seeds, "--input-format", "xml"), "'xml'", "html")
    assert_one_error(tag(seeds, "--format", "table", "-o", "out.csv"), "jsonl, csv, parquet, html")


@pytest.mark.integration
def test_a_model_that_is_not_there_or_damaged(
    run: Run, model_folder: Path, seeds: Path, tmp_path: Path
) -> None:
    assert_one_error(run("tag", "--model", "nowhere/", seeds), "nowhere")
    damaged = tmp_path / "damaged"
    shutil.copytree(model_folder, damaged)
    weights = damaged / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert_one_error(run("tag", "--model", damaged, seeds), "model.safetensors")
    weights.unlink()
    assert_one_error(run("tag", "--model", damaged, seeds), "model.safetensors")
    (damaged / "pytorch_model.bin").write_bytes(b"pickle")
    assert_one_error(run("tag", "--model", damaged, seeds), "safetensors")
