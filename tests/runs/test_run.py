"""A run's folder: begun, gone on with, refused where it is another's, and finished."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conflict_events import Columns, InputError
from conflict_events.output import OutputError
from conflict_events.runs import ChangedInputError, RunError, Settings, open_run

from .conftest import Tag, article, parts, write_lines

SETTINGS = Settings("m", "0123456789ab", ("advance", "airstrike"), {"advance": 0.5, "airstrike": 0.4})


def begin(out: Path, *inputs: Path | str, settings: Settings = SETTINGS) -> None:
    with open_run(str(out), [str(path) for path in inputs], settings):
        pass


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "news.jsonl", [article(number) for number in range(30)])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"model_version": "ba9876543210"}, "model 0123456789ab, now ba9876543210"),
        ({"labels": ("advance",)}, "--labels advance,airstrike, now advance"),
        ({"thresholds": {"advance": 0.5, "airstrike": 0.6}}, "--threshold airstrike = 0.4, now 0.6"),
        ({"columns": Columns(text="body")}, "--text-column text, now body"),
        ({"input_format": "csv"}, "--input-format not given, now csv"),
        ({"format": "jsonl"}, "--format parquet, now jsonl"),
        ({"format": "csv", "compression": "gzip"}, "--format parquet, now csv"),
        ({"all_sentences": True}, "--all-sentences no, now yes"),
        ({"precision": "fp32"}, "--precision auto, now fp32"),
        ({"part_size": 5}, "--part-size 10000, now 5"),
        ({"unit_bytes": 5}, "--unit-size in bytes"),
    ],
)
def test_other_settings_are_refused_by_name(
    source: Path, tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    from dataclasses import replace

    begin(tmp_path / "out", source)
    begin(tmp_path / "out", source)
    with pytest.raises(RunError, match="begun with") as refused:
        begin(tmp_path / "out", source, settings=replace(SETTINGS, **changed))
    assert said in str(refused.value)
    assert "another folder" in str(refused.value)


def test_where_the_model_lies_is_no_difference(source: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    begin(tmp_path / "out", source)
    begin(tmp_path / "out", source, settings=replace(SETTINGS, model="elsewhere"))


def test_changed_inputs_are_named(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name in "abc":
        write_lines(inbox / f"{name}.jsonl", [article(1)])
    begin(tmp_path / "out", inbox)
    write_lines(inbox / "d.jsonl", [article(2)])
    with pytest.raises(ChangedInputError, match=r"d\.jsonl is new since"):
        begin(tmp_path / "out", inbox)
    (inbox / "d.jsonl").unlink()
    begin(tmp_path / "out", inbox)
    times = (inbox / "b.jsonl").stat()
    os.utime(inbox / "b.jsonl", ns=(times.st_atime_ns, times.st_mtime_ns + 1))
    with pytest.raises(ChangedInputError, match=r"b\.jsonl was changed since"):
        begin(tmp_path / "out", inbox)
    os.utime(inbox / "b.jsonl", ns=(times.st_atime_ns, times.st_mtime_ns))
    (inbox / "a.jsonl").unlink()
    with pytest.raises(ChangedInputError, match=r"a\.jsonl is gone since"):
        begin(tmp_path / "out", inbox)


def test_the_same_inputs_in_another_order_are_refused(tmp_path: Path) -> None:
    one, two = (write_lines(tmp_path / f"{name}.jsonl", [article(1)]) for name in "ab")
    begin(tmp_path / "out", one, two)
    with pytest.raises(ChangedInputError, match="another order"):
        begin(tmp_path / "out", two, one)


def test_a_folder_of_other_files_is_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match=r"holds other files \(thesis\.txt\)"):
        begin(tmp_path / "out", source)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_mistyped_inputs_leave_no_folder_behind(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nws\.jsonl: there is no such file"):
        begin(tmp_path / "out", tmp_path / "nws.jsonl")
    assert not (tmp_path / "out").exists()


def test_a_damaged_manifest_is_named(source: Path, tmp_path: Path) -> None:
    begin(tmp_path / "out", source)
    (tmp_path / "out" / "_run" / "manifest.json").write_text('{"format": 1')
    with pytest.raises(RunError, match=r"manifest\.json: is damaged"):
        begin(tmp_path / "out", source)


def test_a_later_format_is_refused(source: Path, tmp_path: Path) -> None:
    begin(tmp_path / "out", source)
    path = tmp_path / "out" / "_run" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 2}))
    with pytest.raises(RunError, match="has format 2"):
        begin(tmp_path / "out", source)


def test_another_version_of_the_package_is_refused(source: Path, tmp_path: Path) -> None:
    begin(tmp_path / "out", source)
    path = tmp_path / "out" / "_run" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": "0.0.1"}))
    with pytest.raises(RunError, match=r"begun by conflict-events 0\.0\.1"):
        begin(tmp_path / "out", source)


def test_two_runs_at_once_are_refused(source: Path, tmp_path: Path) -> None:
    with open_run(str(tmp_path / "out"), [str(source)], SETTINGS):
        at_work = tmp_path / "out" / ".part-000000-0000.parquet.0123.tmp"
        at_work.write_text("the first one is writing this")
        with pytest.raises(RunError, match="a run is at work in it"):
            begin(tmp_path / "out", source)
        assert at_work.exists()
    begin(tmp_path / "out", source)


def test_a_lock_goes_with_its_process(source: Path, tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from conflict_events.runs.lock import locked\n"
        "with locked(Path(sys.argv[1]), 'out'):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    begin(tmp_path / "out", source)
    lock = tmp_path / "out" / "_run" / "lock"
    killed = subprocess.run([sys.executable, "-c", code, str(lock)], check=False)
    assert killed.returncode == -9
    begin(tmp_path / "out", source)


def test_the_manifest_of_a_finished_run(tag_folder: Tag, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    tag_folder(out, source, part_size=7)
    manifest = json.loads((out / "_run" / "manifest.json").read_text())
    assert manifest["state"] == "finished"
    assert manifest["counts"]["articles"] == 30
    assert manifest["units"][0]["parts"] == [part.name for part in parts(out)]
    assert manifest["inputs"] == {
        "given": [str(source)],
        "files": 1,
        "bytes": source.stat().st_size,
        "units": 1,
    }


def test_a_finished_run_has_nothing_pending(
    tag_folder: Tag, make_settings: Callable[..., Settings], source: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    tag_folder(out, source)
    manifest = (out / "_run" / "manifest.json").read_bytes()
    with open_run(str(out), [str(source)], make_settings()) as run:
        assert run.finished
    assert (out / "_run" / "manifest.json").read_bytes() == manifest


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc, which takes no files")
def test_a_folder_that_cannot_be_made(source: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        begin(Path("/proc/out"), source)
