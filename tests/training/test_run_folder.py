"""Folders and options of a run that cannot be used get one clear error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conflict_events.errors import DataError
from conflict_events.scripts.cli import main
from conflict_events.training.data import read_examples
from conflict_events.training.run_folder import open_run
from conflict_events.training.settings import Settings

DATA: dict[str, Any] = {"parts": {}, "files": []}


def test_a_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(DataError, match=r"file/run: cannot be written \(Not a directory\)"):
        open_run(tmp_path / "file" / "run", {}, DATA, overwrite=False)


def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(DataError, match=r"cannot be written \(Permission denied\); name another folder"):
        open_run(tmp_path / "run", {}, DATA, overwrite=False)


def test_a_damaged_record_of_a_run_is_named(tmp_path: Path) -> None:
    open_run(tmp_path / "run", {"seed": 1}, DATA, overwrite=False)
    (tmp_path / "run" / "settings.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match=r"settings\.json: damaged .* --overwrite"):
        open_run(tmp_path / "run", {"seed": 1}, DATA, overwrite=False)
    assert not open_run(tmp_path / "run", {"seed": 1}, DATA, overwrite=True)


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.jsonl").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=r"a\.jsonl: cannot be read .Permission denied."):
        read_examples(tmp_path / "a.jsonl", ["a"])


def test_a_file_to_draw_from_without_a_share_is_no_silent_wish(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", str(tmp_path / "a.jsonl"), "-o", str(tmp_path / "run"), "--test-from", "a.jsonl"])
    assert ended.value.code == 2
    assert "--test-share" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("idle", "told"),
    [
        (["--validation", "b.jsonl", "--validation-share", "0.3"], "--validation-share has no effect beside"),
        (["--context-for", "quotations"], "say how many sentences: --context 3"),
        (["--soft-weight", "0.3"], "--soft-weight weighs a teacher's scores; name their file"),
        (["--corpora", "downloads"], "--corpora downloads: of use with stand-off labels (.tsv) only"),
        (["--teacher-base", "base"], "--teacher-base is of use with --recipe only"),
        (["--epochs", "2", "--setting", "epochs=3"], "--epochs: given by --setting, too"),
        (["--few-shot", "--setting", "focal=1"], "--setting: of use in full training only"),
        (["--setting", "soft_weight=0.2"], "--soft-weight weighs a teacher's scores; name their file"),
        (["--setting", "context_for=quotations"], "say how many sentences: --context 3"),
        (["--context-for", "quotations", "--setting", "context_sentences=3"], "a.jsonl: no such file"),
        (["--setting", "focl=1"], "no setting is named 'focl'; did you mean 'focal'?"),
    ],
)
def test_options_without_effect_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], idle: list[str], told: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", str(tmp_path / "a.jsonl"), "-o", str(tmp_path / "run"), *idle])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_settings_out_of_range_are_refused_with_the_range() -> None:
    with pytest.raises(DataError, match="context_sentences cannot be 9; give 0 to 3"):
        Settings(context_sentences=9)
    for rate in (float("nan"), float("inf"), 0.0):
        with pytest.raises(DataError, match=f"learning_rate cannot be {rate}; give above 0"):
            Settings(learning_rate=rate)
