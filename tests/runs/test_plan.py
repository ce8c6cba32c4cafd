"""From inputs to units: nothing left out, nothing twice, lines and rows as they stand in the files."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conflict_events import Article, Columns, InputError, read_articles
from conflict_events.reading.read import read_file
from conflict_events.runs import RunError, Unit
from conflict_events.runs.plan import MOST_FILES, plan_units

from .conftest import article, write_lines

Said = tuple[str, str] | tuple[str | None, int | None, str]


def planned(*paths: Path | str, unit_bytes: int = 2**20, format: str | None = None) -> list[Unit]:
    return list(plan_units([str(path) for path in paths], format, Columns(), unit_bytes))


def said(item: Article | InputError) -> Said:
    return (item.id, item.text) if isinstance(item, Article) else (item.path, item.line, item.reason)


def read_units(units: list[Unit]) -> list[Said]:
    return [
        said(found) for unit in units for item in unit.inputs for found in read_file(item.file, Columns())
    ]


def read_whole(path: Path) -> list[Said]:
    found: list[Said] = []
    for item in read_articles(path, on_error=lambda error: found.append(said(error))):
        found.append(said(item))
    return found


def test_many_small_files_make_few_units(tmp_path: Path) -> None:
    for number in range(3_000):
        (tmp_path / f"{number:04d}.txt").write_text("The army took the town.")
    units = planned(tmp_path)
    assert len(units) == 1
    assert [item.id for item in units[0].inputs] == [f"{number:04d}" for number in range(3_000)]
    by_size = planned(tmp_path, unit_bytes=23_000)
    assert len(by_size) == 3
    assert all(unit.size <= 23_000 for unit in by_size)
    assert [item for unit in by_size for item in unit.inputs] == list(units[0].inputs)
    assert MOST_FILES >= 3_000


def test_a_large_file_of_lines_is_cut_between_lines(tmp_path: Path) -> None:
    rows: list[object] = [{"text": f"Report {number} came in."} for number in range(200)]
    rows[30] = "{broken"
    rows[150] = ""
    rows[199] = {"title": "no text"}
    path = write_lines(tmp_path / "news.jsonl", rows)
    units = planned(path, unit_bytes=500)
    assert len(units) > 10
    pieces = [item.piece for unit in units for item in unit.inputs]
    assert all(one and two and one.end == two.begin for one, two in pairwise(pieces))
    assert sum(unit.size for unit in units) == path.stat().st_size
    whole = read_whole(path)
    assert len(whole) == 199
    assert read_units(units) == whole  # ids and errors with the lines of the file, not of the piece


def test_the_last_line_may_lack_its_end(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text("\n".join(json.dumps(article(number)) for number in range(9)))
    assert read_units(planned(path, unit_bytes=150)) == read_whole(path)


@pytest.mark.parametrize("kind", ["gz", "utf-16", "array", "csv"])
def test_what_cannot_be_cut_stays_whole(tmp_path: Path, kind: str) -> None:
    lines = "".join(json.dumps(article(number)) + "\n" for number in range(50))
    path = tmp_path / "news.jsonl"
    if kind == "gz":
        path = tmp_path / "news.jsonl.gz"
        path.write_bytes(gzip.compress(lines.encode()))
    elif kind == "utf-16":
        path.write_text(lines, encoding="utf-16")
    elif kind == "array":
        path.write_text(json.dumps([article(number) for number in range(50)], indent=1))
    else:
        path = tmp_path / "news.csv"
        path.write_text("id,text\n" + "".join(f'a{n},"Two\nlines {n}"\n' for n in range(50)))
    units = planned(path, unit_bytes=200)
    assert [item.piece for unit in units for item in unit.inputs] == [None]
    assert read_units(units) == read_whole(path)


def test_parquet_is_cut_between_row_groups(tmp_path: Path) -> None:
    rows = [{"text": f"Report {number} came in." if number != 77 else None} for number in range(100)]
    path = tmp_path / "news.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=10)
    units = planned(path, unit_bytes=path.stat().st_size // 5)
    assert 3 <= len(units) <= 6
    whole = read_whole(path)
    assert whole[77][1] == 78
    assert read_units(units) == whole


def test_what_a_sidecar_says_goes_into_the_plan(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The army took the town.")
    sidecar = write_lines(
        tmp_path / "metadata.jsonl", [{"file_name": "a.txt", "title": "News"}, {"title": "whose?"}]
    )
    [unit] = planned(tmp_path)
    problem, item = sorted(unit.inputs, key=lambda item: item.problem is None)
    assert item.metadata == {"title": "News"}
    assert (problem.path, problem.problem_line) == (str(sidecar), 2)
    assert Unit.from_line(unit.to_line()) == unit


def test_files_of_one_name_in_several_folders_get_the_ids_that_reading_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("x", "y"):
        Path(folder).mkdir()
        Path(folder, "report.txt").write_text("The army took the town.")
        write_lines(Path(folder, "news.jsonl"), [{"text": "Talks were held."}] * 30)
    units = planned("x", "y", unit_bytes=300)
    ids = [line[0] for line in read_units(units)]
    assert len(set(ids)) == len(ids) == 62
    assert ids == [article.id for article in read_articles(["x", "y"])]
    assert [unit.to_line() for unit in planned("x", "y", unit_bytes=300)] == [
        unit.to_line() for unit in units
    ]


def test_files_of_one_name_in_a_store_get_different_ids() -> None:
    import fsspec

    for place in ("ids-x/report.txt", "ids-y/report.txt"):
        fsspec.filesystem("memory").pipe(f"/{place}", b"The army took the town.")
    [unit] = planned("memory://ids-x", "memory://ids-y/report.txt")
    assert [item.id.rpartition("/ids-")[2] for item in unit.inputs] == ["x/report.txt", "y/report.txt"]


def test_standard_input_is_refused() -> None:
    with pytest.raises(RunError, match="cannot be read again"):
        planned("-")


def test_a_missing_input_is_kept_as_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The army took the town.")
    [unit] = planned(tmp_path / "a.txt", tmp_path / "none.jsonl")
    assert [item.problem is None for item in unit.inputs] == [True, False]
    assert "no such file" in (unit.inputs[1].problem or "")
