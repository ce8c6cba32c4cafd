"""Broken rows of CSV are named by their lines, and the rows around them are read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from conflict_events import InputError, read_articles
from conflict_events.reading import csv_records


def read(path: Path) -> tuple[list[str], list[InputError]]:
    errors: list[InputError] = []
    return [article.id for article in read_articles(path, on_error=errors.append)], errors


def test_bad_rows_of_csv_are_named_by_their_lines(tmp_path: Path) -> None:
    rows = [
        "id,text,title",
        "1,One.,T",
        "2,,T",
        "3",
        "4,Four, not quoted,T",
        '5,"a"b,T',
        "6,Six.,T,,",
        "",
        '7,"never closed',
    ]
    (tmp_path / "a.csv").write_text("\n".join(rows) + "\n8,Eight.,T\n")
    ids, errors = read(tmp_path)
    assert ids == ["1", "6", "8"]
    assert [error.line for error in errors] == [3, 4, 5, 6, 9]
    for error, message in zip(
        errors, ["is empty", "has no text", "4 fields, but 3", "broken CSV", "broken CSV"], strict=True
    ):
        assert message in str(error)


def test_rows_after_a_quote_that_is_never_closed_are_read(tmp_path: Path) -> None:
    rows = ["id,text", "1,One.", '2,"never closed', *(f'{number},"Row\n{number}."' for number in range(3, 9))]
    (tmp_path / "a.csv").write_text("\n".join(rows) + "\n9,Nine.\n")
    (tmp_path / "b.csv").write_text("\n".join(rows[:3] + [f"{number},Row." for number in range(3, 50)]))
    ids, errors = read(tmp_path)
    # Of a.csv the row after it cannot be told from text of its own: half of it is lost with it, and told.
    assert ids == ["1", *map(str, range(4, 10)), "1", *map(str, range(3, 50))]
    assert [error.line for error in errors] == [3, 5, 3]
    assert "lines after it that were taken for its text: 1" in str(errors[0])
    assert "broken CSV" in str(errors[2])


@pytest.mark.parametrize(
    ("header", "title"), [("id,text,title", ",T"), ("id,text", ""), ("text,title", ",T"), ("text", "")]
)
def test_prose_of_a_broken_row_is_told_and_not_tagged(tmp_path: Path, header: str, title: str) -> None:
    number = "1," if header.startswith("id") else ""
    prose = 'Talks went on.\nIt lost two men, they said.\nThe "truce" held, for all.'
    (tmp_path / "a.csv").write_text(f'{header}\n{number}"{prose}"{title}\n{number}Two.{title}\n')
    ids, (error,) = read(tmp_path)
    assert len(ids) == 1
    assert error.line == 2
    assert "lines after it that were taken for its text: 2" in str(error)


def test_a_row_of_csv_that_grows_too_long_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_records, "LONGEST", 1000)
    lines = [f"{number},Row {number}." for number in range(2, 400)]
    (tmp_path / "a.csv").write_text('id,text\n1,"never closed\n' + "\n".join(lines) + '\n400,"Last."\n')
    ids, (error,) = read(tmp_path)
    assert ids == [str(number) for number in range(2, 401)]
    assert error.line == 2


def test_quotes_set_with_malice_take_no_more_than_linear_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_records, "LONGEST", 100_000)
    # From whichever line one begins to read, a field is left open at its end.
    (tmp_path / "a.csv").write_text("id,text\n" + 'x","y\n' * 20_000 + "1,One.\n")
    began = time.process_time()
    _, errors = read(tmp_path)
    assert any("lines after it that were taken for its text: 16,666" in str(error) for error in errors)
    assert time.process_time() - began < 10
