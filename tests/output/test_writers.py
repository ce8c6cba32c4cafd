"""Files of tagged articles: what stands in them, and that they appear whole or not at all."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from conflict_events import Article, Furniture, TaggedArticle, TaggedSentence
from conflict_events.output import OutputError, check_destination, guess_format, open_writer

LABELS = ("advance", "airstrike")
FORMATS = ("jsonl", "csv", "parquet")  # html has tests of its own
TEXT = "The army took Ash Shajara. Photo: AFP\nJets struck, 26 died."


def tagged_article(
    text: str = TEXT, title: str = "Advance", labels: tuple[tuple[str, ...], ...] = (("advance",), ())
) -> TaggedArticle:
    spans = ((0, 26), (38, len(text)))
    sentences = tuple(
        TaggedSentence(
            text[begin:end], begin, end, given, {"advance": 0.98765432, "airstrike": 1 / 3 if given else 0.5}
        )
        for (begin, end), given in zip(spans, labels, strict=True)
    )
    article = Article("a1", text, title=title, source="SANA", date="2018-07-24")
    return TaggedArticle(article, sentences, (Furniture(27, 37, "photo credit"),), "0123456789ab")


def write(path: Path, *articles: TaggedArticle, all_sentences: bool = True) -> None:
    with open_writer(path, guess_format(path), LABELS, all_sentences=all_sentences) as writer:
        for article in articles:
            writer.write(article)


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_jsonl_holds_the_article_whole(tmp_path: Path) -> None:
    write(tmp_path / "out.jsonl", tagged_article())
    (line,) = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {
        "id": "a1",
        "title": "Advance",
        "source": "SANA",
        "date": "2018-07-24",
        "text": TEXT,
        "model_version": "0123456789ab",
        "sentences": [
            {
                "index": 0,
                "begin": 0,
                "end": 26,
                "text": "The army took Ash Shajara.",
                "labels": ["advance"],
                "scores": {"advance": 0.9877, "airstrike": 0.3333},
            },
            {
                "index": 1,
                "begin": 38,
                "end": 59,
                "text": "Jets struck, 26 died.",
                "labels": [],
                "scores": {"advance": 0.9877, "airstrike": 0.5},
            },
        ],
        "furniture": [{"begin": 27, "end": 37, "reason": "photo credit"}],
    }


def test_csv_and_parquet_have_the_same_rows(tmp_path: Path) -> None:
    articles = [tagged_article(), tagged_article(labels=((), ("advance", "airstrike")))]
    write(tmp_path / "out.csv", *articles)
    write(tmp_path / "out.parquet", *articles)
    table = pq.read_table(tmp_path / "out.parquet")
    rows = csv_rows(tmp_path / "out.csv")
    assert list(rows[0]) == table.column_names
    assert [row["labels"] for row in rows] == ["advance", "", "", "advance|airstrike"]
    for row, parquet_row in zip(rows, table.to_pylist(), strict=True):
        assert row["labels"] == "|".join(parquet_row["labels"])
        assert row["text"] == parquet_row["text"] == TEXT[int(row["begin"]) : parquet_row["end"]]
        assert row["score_advance"] == f"{parquet_row['score_advance']:.4f}" == "0.9877"
        assert parquet_row["score_advance"] == pytest.approx(0.98765432, abs=1e-7)


@pytest.mark.parametrize("format", FORMATS)
def test_sentences_without_a_label_are_left_out_on_request(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"out.{format}"
    write(path, tagged_article(labels=((), ("airstrike",))), all_sentences=False)
    if format == "jsonl":
        (only,) = json.loads(path.read_text(encoding="utf-8"))["sentences"]
        assert only["index"] == 1
    else:
        (only,) = csv_rows(path) if format == "csv" else pq.read_table(path).to_pylist()
        assert int(only["sentence_index"]) == 1


def test_an_article_without_events_keeps_its_line_in_jsonl(tmp_path: Path) -> None:
    write(tmp_path / "out.jsonl", tagged_article(labels=((), ())), all_sentences=False)
    assert json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))["sentences"] == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_csv_cell_can_run_as_a_formula(tmp_path: Path, start: str) -> None:
    formula = f'{start}HYPERLINK("http://attacker.invalid","x")'
    write(tmp_path / "out.csv", tagged_article(title=formula))
    (first, *_) = csv_rows(tmp_path / "out.csv")
    assert first["title"] == "'" + formula


@pytest.mark.parametrize("format", FORMATS)
def test_no_character_of_an_article_stops_the_output(tmp_path: Path, format: str) -> None:
    text = 'NUL \0, half \ud83d, "x",\nعربي 💥 \u2028\r\n of  a  thing.'
    path = tmp_path / f"out.{format}"
    write(path, tagged_article(title=text))
    if format == "csv":
        title = csv_rows(path)[0]["title"]
    elif format == "jsonl":
        title = json.loads(path.read_bytes().split(b"\n")[0])["title"]
    else:
        title = pq.read_table(path)["title"][0].as_py()
    assert len(title) == len(text)
    assert "عربي 💥 \u2028\r\n" in title


def test_parquet_of_many_rows_is_written_in_groups(tmp_path: Path) -> None:
    write(tmp_path / "out.parquet", *[tagged_article()] * 9000)
    file = pq.ParquetFile(tmp_path / "out.parquet")
    assert file.metadata.num_rows == 18_000
    assert file.num_row_groups == 3


@pytest.mark.parametrize("format", FORMATS)
def test_no_articles_make_a_valid_empty_file(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"out.{format}"
    write(path)
    if format == "parquet":
        assert pq.read_table(path).num_rows == 0
    else:
        assert len(path.read_text(encoding="utf-8").splitlines()) == (format == "csv")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("format", FORMATS)
def test_a_failed_run_leaves_the_earlier_file_as_it_was(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"out.{format}"
    path.write_text("earlier")
    with pytest.raises(KeyboardInterrupt), open_writer(path, format, LABELS) as writer:
        writer.write(tagged_article())
        raise KeyboardInterrupt
    del writer
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_keeps_pointing_to_the_file_it_named(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    write(tmp_path / "link.csv", tagged_article())
    assert (tmp_path / "link.csv").is_symlink()
    assert len(csv_rows(tmp_path / "real.csv")) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("format", FORMATS)
def test_a_full_disk_is_named(format: str) -> None:
    with pytest.raises(OutputError, match=r"/dev/full: cannot be written \(No space left"):
        with open_writer("/dev/full", format, LABELS) as writer:
            writer.write(tagged_article())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "is a folder"),
        ("missing/out.csv", "does not exist; create it first"),
        ("/proc/out.csv", "cannot be written"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_beforehand(
    tmp_path: Path, name: str, message: str
) -> None:
    with pytest.raises(OutputError, match=message):
        check_destination(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_tells_no_format_is_refused() -> None:
    assert guess_format("events.CSV") == "csv"
    with pytest.raises(OutputError, match="give --format"):
        guess_format("events.xlsx")
