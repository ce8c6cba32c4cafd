"""`conflict-events tag` as a user runs it: outputs, choices, bad input, exit codes."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from .errors import error_lines

Run = Callable[..., "subprocess.CompletedProcess[str]"]
LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")


@pytest.mark.integration
def test_a_folder_becomes_a_table(tag: Run, seeds: Path) -> None:
    result = tag(seeds, "--threshold", "0")
    assert result.returncode == 0
    assert "Syrian army ‘crosses into Raqqa province’" in result.stdout
    assert "26 ISIL fighters" in " ".join(result.stdout.split())
    assert all(label in result.stdout for label in LABELS)
    assert "\x1b" not in result.stdout  # no colour where it is not a terminal
    assert result.stderr.startswith("5 articles, ")
    assert " 0 rejected; " in result.stderr


@pytest.mark.integration
def test_every_format_tells_the_same(tag: Run, seeds: Path, tmp_path: Path) -> None:
    for name in ("out.jsonl", "out.csv", "out.parquet"):
        result = tag(seeds, "-o", name, "--all-sentences")
        assert result.returncode == 0
        assert result.stdout == ""
    articles = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = pq.read_table(tmp_path / "out.parquet").to_pylist()
    from_jsonl = [
        (article["id"], sentence["begin"], sentence["end"], sentence["text"], "|".join(sentence["labels"]))
        for article in articles
        for sentence in article["sentences"]
    ]
    assert len(articles) == 5
    assert from_jsonl == [
        (row["article_id"], int(row["begin"]), int(row["end"]), row["text"].removeprefix("'"), row["labels"])
        for row in rows
    ]
    assert from_jsonl == [
        (row["article_id"], row["begin"], row["end"], row["text"], "|".join(row["labels"])) for row in table
    ]
    for article in articles:
        for span in article["sentences"]:
            assert article["text"][span["begin"] : span["end"]] == span["text"]
        for piece in article["furniture"]:
            assert piece["reason"]


@pytest.mark.integration
def test_a_page_holds_the_articles(tag: Run, seeds: Path, tmp_path: Path) -> None:
    assert tag(seeds, "-o", "out.html").returncode == 0
    assert "26 ISIL fighters" in (tmp_path / "out.html").read_text("utf-8")


@pytest.mark.integration
def test_only_sentences_with_a_label_are_shown_unless_asked(tag: Run, tmp_path: Path) -> None:
    text = "The army advanced on the town. The harvest was good. Talks were held."
    for name, more in (("some.jsonl", []), ("all.jsonl", ["--all-sentences"])):
        assert tag("-", "--threshold", "1", "-o", name, *more, stdin=text).returncode == 0
    some, whole = (json.loads((tmp_path / name).read_text("utf-8")) for name in ("some.jsonl", "all.jsonl"))
    assert some["sentences"] == []
    assert [sentence["text"] for sentence in whole["sentences"]] == [
        part + "." for part in text[:-1].split(". ")
    ]


@pytest.mark.integration
def test_labels_and_thresholds_can_be_chosen(tag: Run, seeds: Path) -> None:
    options = ["--labels", "airstrike, advance", "--threshold", "advance=1", "--threshold", "0"]
    result = tag(seeds, "--format", "jsonl", *options)
    assert result.returncode == 0
    for line in result.stdout.splitlines():
        for sentence in json.loads(line)["sentences"]:
            assert sentence["labels"] == ["airstrike"]
            assert list(sentence["scores"]) == ["advance", "airstrike"]
    assert "(advance 0, airstrike " in result.stderr


@pytest.mark.integration
def test_columns_can_be_named(tag: Run, tmp_path: Path) -> None:
    (tmp_path / "news.csv").write_text("url,body\nu1,The army advanced.\nu2,Jets struck the town.\n")
    result = tag("news.csv", "--text-column", "body", "--id-column", "url", "--format", "jsonl", "--quiet")
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["u1", "u2"]
    assert result.stderr == ""


@pytest.mark.integration
def test_what_cannot_be_read_is_named_and_the_rest_is_done(tag: Run, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "good.txt").write_text("The army advanced.")
    (inbox / "empty.txt").write_text("")
    (inbox / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (inbox / "rows.jsonl").write_text('{"text": "Jets struck."}\n{"text": \n{"body": "x"}\n')
    (inbox / "columns.csv").write_text("a,b\n1,2\n")
    (inbox / "damaged.parquet").write_bytes(b"PAR1 and nothing more")
    result = tag("inbox", "-o", "out.jsonl", "--all-sentences")
    assert result.returncode == 2
    errors = error_lines(result)
    for name in (
        "empty.txt",
        "binary.txt",
        "rows.jsonl, line 2",
        "rows.jsonl, line 3",
        "columns.csv",
        "damaged.p",
    ):
        assert sum(name in line for line in errors) == 1, (name, errors)
    assert len(errors) == 6
    assert "2 articles, 2 sentences" in result.stderr
    assert "6 rejected" in result.stderr
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) == 2


@pytest.mark.integration
def test_an_article_cannot_steer_the_terminal(tag: Run) -> None:
    result = tag("-", "--threshold", "0", stdin="The army \x1b[31mtook [red]Aleppo[/red] \x1b]0;title\x07.")
    assert "\x1b" not in result.stdout
    assert "\x07" not in result.stdout
    assert "[red]Aleppo[/red]" in result.stdout


@pytest.mark.integration
def test_parquet_to_a_pipe(model_folder: Path, seeds: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "conflict_events.scripts.cli",
        "tag",
        "--model",
        str(model_folder),
        str(seeds),
    ]
    with (tmp_path / "out.parquet").open("wb") as file:
        subprocess.run([*command, "--format", "parquet", "--all-sentences"], stdout=file, check=True)
    assert pq.read_table(tmp_path / "out.parquet").num_rows > 50


@pytest.mark.integration
def test_a_narrow_terminal_shows_the_sentences_too(
    tag: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    lines = tag("-", "--threshold", "0", stdin="The army advanced.").stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == list(LABELS)
    assert lines[-2].strip() == "The army advanced."


@pytest.mark.integration
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("format", ["table", "jsonl", "csv", "parquet"])
def test_a_full_disk_behind_standard_output(model_folder: Path, seeds: Path, format: str) -> None:
    command = [sys.executable, "-m", "conflict_events.scripts.cli", "tag", "--model", str(model_folder)]
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [*command, str(seeds), "--format", format, "--all-sentences"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == 2
    assert result.stderr.startswith("conflict-events: error: standard output: cannot be written (")
    assert result.stderr.count("\n") == 1


@pytest.mark.integration
@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize(
    ("redirected", "status", "said"),
    [("- <&-", 2, "<stdin>: is empty"), (". --format csv >&-", 0, "1 article"), (". >&-", 0, "1 article")],
)
def test_streams_that_the_caller_closed(
    model_folder: Path, tmp_path: Path, redirected: str, status: int, said: str
) -> None:
    (tmp_path / "article.txt").write_text("The army advanced.")
    program = f"'{sys.executable}' -m conflict_events.scripts.cli tag --model '{model_folder}'"
    result = subprocess.run(
        f"{program} {redirected}",
        shell=True,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == status
    assert said in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.integration
@pytest.mark.parametrize("format", ["table", "jsonl", "csv", "parquet"])
def test_a_closed_pipe_ends_quietly(model_folder: Path, tmp_path: Path, format: str) -> None:
    # Sentences unlike each other, so that the model is at work when the pipe is closed.
    (tmp_path / "many.jsonl").write_text(
        "".join(
            f'{{"text": "The army advanced {number} miles {"towards the river " * 20}. Jets struck."}}\n'
            for number in range(5000)
        )
    )
    command = [sys.executable, "-m", "conflict_events.scripts.cli", "tag", "--model", str(model_folder)]
    with subprocess.Popen(
        [*command, str(tmp_path / "many.jsonl"), "--format", format, "--threshold", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(3)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.integration
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_by_a_signal_it_leaves_nothing(
    model_folder: Path, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    reader, writer = os.pipe()
    command = [sys.executable, "-m", "conflict_events.scripts.cli", "tag", "--model", str(model_folder), "-"]
    with subprocess.Popen(
        [*command, "--input-format", "jsonl", "-o", "out.jsonl", "--rejected", "rejected.jsonl"],
        stdin=reader,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        # A shell starts background jobs with Ctrl-C ignored, and tests may run in one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        os.write(writer, b'{"text": "The army advanced."}\n')
        # Its temporary files: the model is loaded, and it waits for more.
        while not list(tmp_path.glob(".out.jsonl.*")):
            assert process.poll() is None
        process.send_signal(number)
        process.wait(60)  # though standard input stays open
        assert process.stderr is not None
        said = process.stderr.read()
    os.close(writer)
    os.close(reader)
    assert b"Traceback" not in said
    assert b"Fatal" not in said
    assert process.returncode == status
    assert list(tmp_path.iterdir()) == []
