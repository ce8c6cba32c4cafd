"""What articles say stays text: in file names, on terminals, in spreadsheets, in tasks."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conflict_events import Article, Furniture, TaggedArticle, TaggedSentence
from conflict_events.annotations.tasks import article_tasks, write_tasks
from conflict_events.output import open_writer
from conflict_events.output.table import TableWriter
from conflict_events.printable import printable, printable_lines

LABELS = ("advance", "airstrike")
STEERING = "\x1b[2J\x1b]0;title\x07\x9b31m\x00\x08\x7f\u202e"
IDS = (
    "../../x",
    "/etc/passwd",
    "..\\..\\x",
    "a\0b",
    "~/x",
    "C:\\x",
    "-rf",
    "x" * 5000,
    ".",
    "$(touch ran)",
    "a\nb",
)
FORMULA = '=HYPERLINK("http://attacker.invalid";"x")'
FORMULAS = [start + FORMULA[1:] for start in "=+-@＝＋－＠"]


def tagged(value: str) -> TaggedArticle:
    """An article that says the same thing in all its fields."""
    sentence = TaggedSentence(value, 0, len(value), ("advance",), dict.fromkeys(LABELS, 0.5))
    article = Article(value, value, title=value, source=value, date=value)
    return TaggedArticle(article, (sentence,), (Furniture(0, 1, "dump"),), "0123456789ab")


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet", "html"])
def test_no_id_becomes_the_name_of_a_file(tmp_path: Path, format: str) -> None:
    if format == "html":
        pytest.importorskip("jinja2")
    folder = tmp_path / "a" / "b" / "c"
    folder.mkdir(parents=True)
    before = set(tmp_path.rglob("*"))
    with open_writer(folder / f"out.{format}", format, LABELS) as writer:
        for id in IDS:
            writer.write(tagged(id))
    assert set(tmp_path.rglob("*")) - before == {folder / f"out.{format}"}


def test_no_id_becomes_the_name_of_a_file_of_tasks(tmp_path: Path) -> None:
    tasks = [task for id in IDS for task in article_tasks(tagged(id).article, tagged(id).sentences)]
    write_tasks(tmp_path / "tasks.json", tasks)
    assert list(tmp_path.iterdir()) == [tmp_path / "tasks.json"]
    read = json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))
    assert [task["data"]["article_id"] for task in read] == list(IDS)


def steering(text: str) -> set[str]:
    return {character for character in text if printable_lines(character) != character}


def test_the_table_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    TableWriter(LABELS, all_sentences=True).write(tagged(f"before{STEERING}after"))
    said = capsys.readouterr().out
    assert "before" in said
    assert steering(said) == set()


def test_what_is_printable_keeps_text_of_every_script() -> None:
    kept = "عربي עברית 軍隊 नेपाली é 👩‍👩‍👧 می‌خواهم"
    assert printable(kept) == kept
    assert printable_lines(f"{kept}\n\t{kept}\n") == f"{kept}\n\t{kept}\n"
    assert steering(STEERING) == {"\x1b", "\x07", "\x9b", "\x00", "\x08", "\x7f", "\u202e"}


def command(*arguments: str | Path) -> Iterator[str]:
    """Both outputs of a command."""
    done = subprocess.run(
        [sys.executable, "-m", "conflict_events", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    yield from (done.stdout, done.stderr)


def test_neither_names_nor_texts_of_files_steer_the_terminal(tmp_path: Path) -> None:
    name = "a" + STEERING.replace("\x00", "")
    (tmp_path / f"{name}.txt").write_text(
        "The army took the town.\n" * 20 + f"It{STEERING} fell.\n", encoding="utf-8"
    )
    (tmp_path / f"{name}.jsonl").write_text(f'{{"{STEERING}": 1}}\n', encoding="utf-8")
    (tmp_path / f"{name}.csv").write_text(f"id,{STEERING}\n1,2\n", encoding="utf-8")
    (tmp_path / f"{name}.html").write_text(f"<p>{STEERING}</p>", encoding="utf-8")
    output, errors = command("clean", "--kept", tmp_path)
    assert "The army took the town." in output
    assert len(errors.splitlines()) == 3
    assert steering(output) == steering(errors) == set()


def test_a_model_s_card_cannot_steer_the_terminal(folder: Path) -> None:
    (folder / "README.md").write_text(f"# Card\n{STEERING}\n", encoding="utf-8")
    output, _ = command("card", folder)
    assert output.startswith("# Card\n")
    assert steering(output) == set()


def cells_that_run(path: Path, delimiter: str) -> list[str]:
    """The cells that a spreadsheet would take for formulas, were it to cut the file so."""
    rows = csv.reader(path.read_text(encoding="utf-8").splitlines(), delimiter=delimiter)
    cells = [cell.lstrip(' "“\u00a0\ufeff\r') for row in rows for cell in row]
    return [cell for cell in cells if cell.startswith(tuple("=+-@＝＋－＠"))]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "before",
    ["", " ", '"', "“", "\ufeff", "\t", "\r", "\n", "x;", "x; ", 'x;"', "x\t", "x\n", "x\r\n ", ";;"],
)
def test_no_cell_runs_however_the_spreadsheet_cuts_the_file(
    tmp_path: Path, before: str, delimiter: str
) -> None:
    for formula in FORMULAS:
        with open_writer(tmp_path / "out.csv", "csv", LABELS) as writer:
            writer.write(tagged(f"{before}{formula}"))
        assert cells_that_run(tmp_path / "out.csv", delimiter) == []


def test_plain_text_is_written_as_it_stands(tmp_path: Path) -> None:
    text = "He said: “It's over; we lost 3-1 = nothing”, +1 and a@b; then - nothing."
    with open_writer(tmp_path / "out.csv", "csv", LABELS) as writer:
        writer.write(tagged(text))
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["text"] == text
    assert row["article_id"] == text
