"""`conflict-events tag ... -o out/` as a user runs, stops, kills and repeats it."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ..cli.errors import error_lines
from .conftest import article, parts, rejected_lines, tree, write_lines

Run = Callable[..., "subprocess.CompletedProcess[str]"]
FOLDER = ("--format", "jsonl", "--part-size", "50", "--precision", "fp32", "--all-sentences")


def stop_at_part(model_folder: Path, folder: Path, number: int, how: signal.Signals) -> tuple[int, str]:
    """Start the run in `folder`, stop it once it has so many parts; its exit code and what it said."""
    command = [sys.executable, "-m", "conflict_events.scripts.cli", "tag", "--model", str(model_folder)]
    with subprocess.Popen(
        [*command, "news.jsonl", "-o", "out/", *FOLDER],
        stderr=subprocess.PIPE,
        cwd=folder,
        # A shell starts background jobs with Ctrl-C ignored, and tests may run in one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        deadline = time.monotonic() + 100
        while len(parts(folder / "out")) < number:
            assert process.poll() is None, "it ended before it could be stopped"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(how)
        _, said = process.communicate(timeout=60)
    return process.returncode, said.decode()


@pytest.fixture
def many(tmp_path: Path) -> Path:
    records = ["{broken" if number % 400 == 13 else article(number) for number in range(4_000)]
    return write_lines(tmp_path / "news.jsonl", records)


def ids(out: Path) -> list[str]:
    return [json.loads(line)["id"] for part in parts(out) for line in part.open()]


def assert_everything_is_there_once(out: Path) -> None:
    assert ids(out) == [f"a{number}" for number in range(4_000) if number % 400 != 13]
    assert [line["line"] for line in rejected_lines(out)] == [number + 14 for number in range(0, 4_000, 400)]


@pytest.mark.integration
def test_killed_again_and_again_it_ends_with_everything_once(
    tag: Run, model_folder: Path, tmp_path: Path, many: Path
) -> None:
    for number in (1, 2, 17):
        status, _ = stop_at_part(model_folder, tmp_path, number, signal.SIGKILL)
        assert status == -signal.SIGKILL
    result = tag("news.jsonl", "-o", "out/", *FOLDER)
    assert result.returncode == 2  # records were rejected
    assert "3,990 articles" in result.stderr
    assert " of the articles were done before" in result.stderr
    assert_everything_is_there_once(tmp_path / "out")
    before = tree(tmp_path / "out")
    again = tag("news.jsonl", "-o", "out/", *FOLDER)
    assert again.returncode == 2
    assert "nothing to do" in again.stderr
    assert tree(tmp_path / "out") == before


@pytest.mark.integration
@pytest.mark.parametrize(("how", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_it_says_how_to_go_on(
    tag: Run, model_folder: Path, tmp_path: Path, many: Path, how: signal.Signals, status: int
) -> None:
    ended, said = stop_at_part(model_folder, tmp_path, 3, how)
    assert ended == status
    assert "stopped; the same command goes on in out/" in said
    assert "Traceback" not in said
    assert "Aborted" not in said
    manifest = json.loads((tmp_path / "out" / "_run" / "manifest.json").read_text())
    assert manifest["state"] == "stopped"
    assert not list((tmp_path / "out").rglob(".*.tmp"))
    assert tag("news.jsonl", "-o", "out/", *FOLDER, "--quiet").returncode == 2
    assert_everything_is_there_once(tmp_path / "out")


@pytest.mark.integration
def test_a_folder_of_parts_reads_as_one_table(tag: Run, seeds: Path, tmp_path: Path) -> None:
    result = tag(seeds, "-o", "events", "--format", "parquet", "--all-sentences")
    assert result.returncode == 0
    assert tag(seeds, "-o", "one.parquet", "--all-sentences").returncode == 0
    whole, folder = (pq.read_table(tmp_path / name) for name in ("one.parquet", "events"))
    columns = ["article_id", "sentence_index", "begin", "end", "text", "title"]
    assert folder.select(columns).equals(whole.select(columns))
    assert len(parts(tmp_path / "events")) == 1


@pytest.mark.integration
def test_compressed_inputs_and_outputs(tag: Run, tmp_path: Path) -> None:
    line = json.dumps(article(1)) + "\n"
    (tmp_path / "news.jsonl.gz").write_bytes(gzip.compress(line.encode()))
    assert tag("news.jsonl.gz", "-o", "one.jsonl.gz").returncode == 0
    assert json.loads(gzip.decompress((tmp_path / "one.jsonl.gz").read_bytes()))["id"] == "a1"
    result = tag("news.jsonl.gz", "-o", "out/", "--format", "csv", "--compression", "gzip")
    assert result.returncode == 0
    [part] = parts(tmp_path / "out")
    assert gzip.decompress(part.read_bytes()).startswith(b"article_id,")


@pytest.mark.integration
def test_strict_ends_at_the_first_record_that_cannot_be_read(tag: Run, tmp_path: Path) -> None:
    write_lines(tmp_path / "news.jsonl", [article(1), "{broken", article(2)])
    for output in (("-o", "out/", "--format", "csv"), ("-o", "out.csv")):
        result = tag("news.jsonl", *output, "--strict")
        assert result.returncode == 2
        [line] = error_lines(result)
        assert "news.jsonl, line 2: broken JSON" in line
    assert not (tmp_path / "out.csv").exists()
    assert tag("news.jsonl", "-o", "out/", "--format", "csv").returncode == 2
    result = tag("news.jsonl", "-o", "out/", "--format", "csv", "--strict")
    assert "nothing to do" in result.stderr


@pytest.mark.integration
def test_rejected_records_beside_one_file(tag: Run, tmp_path: Path) -> None:
    write_lines(tmp_path / "news.jsonl", [article(1), *["{broken"] * 30])
    result = tag("news.jsonl", "none.txt", "-o", "out.csv", "--rejected", "rejected.jsonl")
    assert result.returncode == 2
    told = error_lines(result)
    assert len(told) == 11  # ten of them, and where the others are
    assert "all are in rejected.jsonl" in told[-1]
    lines = [json.loads(line) for line in (tmp_path / "rejected.jsonl").open()]
    assert [(line["file"], line["line"]) for line in lines] == [
        *(("news.jsonl", number) for number in range(2, 32)),
        ("none.txt", None),
    ]


@pytest.mark.integration
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "out/"], "say --format parquet, jsonl or csv"),
        (["-o", "out/", "--format", "html"], "a folder is written as parquet, jsonl, csv"),
        (["-o", "out/", "--format", "parquet", "--compression", "gzip"], "parquet compresses by itself"),
        (["-o", "out/", "--format", "csv", "--rejected", "r"], "--rejected is for one file"),
        (["-o", "out/", "--format", "csv", "--engine", "spark"], "no engine 'spark'; there are local, ray"),
        (["-o", "out.csv", "--part-size", "5"], "--part-size is for a run into a folder"),
        (["-o", "out.parquet.gz"], "is not compressed by its name"),
        (["-o", "zzz://place/out.csv"], "zzz://place/out.csv: cannot be reached"),
    ],
)
def test_options_that_do_not_fit(tag: Run, tmp_path: Path, arguments: list[str], said: str) -> None:
    write_lines(tmp_path / "news.jsonl", [article(1)])
    result = tag("news.jsonl", *arguments)
    assert result.returncode == 2
    [line] = error_lines(result)
    assert said in line
    assert "Traceback" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["news.jsonl"]


@pytest.mark.integration
def test_a_protocol_whose_package_is_missing_names_the_extra(
    tag: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A package that cannot be imported is as good as none.
    (tmp_path / "s3fs.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    result = tag("s3://bucket/news.jsonl", "-o", "out/", "--format", "csv")
    assert result.returncode == 2
    [line] = error_lines(result)
    assert "s3:// needs more packages: pip install 'conflict-events[remote]'" in line
