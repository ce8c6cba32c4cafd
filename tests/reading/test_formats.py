"""Every format that articles come in, folders and globs of them, and what is said of them beside them."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
from pyarrow import parquet

from conflict_events import Article, Columns, read_articles

TEXT = "The army took the town.\nIt was raining."
ROWS = [
    {"id": "a1", "text": TEXT, "title": "Town taken", "source": "AFP", "date": "2016-06-04"},
    {"text": "A second article."},
]
ARTICLES = [
    Article("a1", TEXT, "Town taken", "AFP", "2016-06-04"),
    Article("news:2", "A second article."),
]
PAGE = """<!doctype html><html><head><title>Town taken</title><meta charset="{charset}">
<meta property="og:site_name" content="The Daily">
<meta property="article:published_time" content="2016-06-04">
</head><body><nav><a href="/">Home</a><a href="/world">World</a></nav><article><h1>Town taken</h1>
<p>The army’s advance took the café district of the town on Saturday, officials said in a statement.</p>
<p>At least 26 fighters were killed, a monitor told reporters in the capital on Sunday.</p></article>
<footer>All rights reserved</footer></body></html>"""


def jsonl(rows: list[dict[str, str]] = ROWS) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_jsonl(tmp_path: Path) -> None:
    (tmp_path / "news.jsonl").write_text(jsonl())
    assert list(read_articles(tmp_path / "news.jsonl")) == ARTICLES


def test_blank_lines_count_in_ids(tmp_path: Path) -> None:
    (tmp_path / "news.jsonl").write_text('\n{"text": "One."}\n\n{"text": "Two."}\n')
    assert [article.id for article in read_articles(tmp_path / "news.jsonl")] == ["news:2", "news:4"]


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_compressed_files_are_known_by_their_content(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    (tmp_path / "news.jsonl.gz").write_bytes(compress(jsonl().encode()))
    assert list(read_articles(tmp_path / "news.jsonl.gz")) == ARTICLES
    assert list(read_articles(tmp_path)) == ARTICLES


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_any_delimiter_quotes_and_line_breaks_in_fields(tmp_path: Path, delimiter: str) -> None:
    lines = ["id,text,title,source,date", f'a1,"{TEXT}",Town taken,AFP,2016-06-04', ",A second article.,,,"]
    (tmp_path / "news.csv").write_text("\n".join(lines).replace(",", delimiter) + "\n")
    first, second = read_articles(tmp_path / "news.csv")
    assert first == ARTICLES[0]
    # The line on which the row begins, the first row's text taking two.
    assert second == Article("news:4", "A second article.")


def test_csv_with_the_line_ends_of_old_spreadsheets(tmp_path: Path) -> None:
    (tmp_path / "news.csv").write_bytes(b"id,text\r1,One.\r2,Two.\r")
    assert [article.id for article in read_articles(tmp_path / "news.csv")] == ["1", "2"]


def test_csv_fields_longer_than_the_csv_modules_own_limit(tmp_path: Path) -> None:
    (tmp_path / "news.csv").write_text("text\n" + "word " * 50_000 + "\n")
    assert [len(article.text) for article in read_articles(tmp_path / "news.csv")] == [250_000]


def test_tsv(tmp_path: Path) -> None:
    (tmp_path / "news.tsv").write_text("id\ttext\nx\tOne, two; three.\n")
    assert list(read_articles(tmp_path / "news.tsv")) == [Article("x", "One, two; three.")]


def test_parquet_with_numbers_times_and_text_that_is_not_utf8(tmp_path: Path) -> None:
    day = datetime(2016, 6, 4, tzinfo=UTC)
    table = pa.table(
        {
            "id": pa.array([7, None]),
            "text": pa.array([b"One.", b"caf\xe9"]).view(pa.string()),
            "date": pa.array([day, None], pa.timestamp("ns", "UTC")),
            "other": [[1], [2]],
        }
    )
    parquet.write_table(table, tmp_path / "news.parquet")
    assert list(read_articles(tmp_path / "news.parquet")) == [
        Article("7", "One.", date="2016-06-04"),
        Article("news:2", "café"),
    ]


def test_html_gives_its_article_and_what_it_declares(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(PAGE.format(charset="windows-1252").encode("cp1252"))
    (article,) = read_articles(tmp_path / "page.html")
    known = (article.id, article.title, article.source, article.date)
    assert known == (
        "page",
        "Town taken",
        "The Daily",
        "2016-06-04",
    )
    assert "The army’s advance took the café district" in article.text
    assert "World" not in article.text


def test_pages_that_declare_latin_1_are_read_as_browsers_do(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(PAGE.format(charset="iso-8859-1").encode("cp1252"))
    (article,) = read_articles(tmp_path)
    assert "The army’s advance took the café district" in article.text


def test_pages_laid_out_by_tables_keep_their_paragraphs_apart(tmp_path: Path) -> None:
    body = PAGE.partition("<article>")[2].partition("</article>")[0]
    (tmp_path / "page.html").write_text(f"<html><table><tr><td>Menu<td>{body}</td></tr></table></html>")
    (article,) = read_articles(tmp_path)
    assert article.text.splitlines()[-1].startswith("At least 26 fighters were killed")
    assert "|" not in article.text


def test_items_of_lists_in_pages_lose_their_dashes(tmp_path: Path) -> None:
    page = PAGE.replace("</article>", "<ul><li>Three soldiers died in Homs on Monday.</li></ul></article>")
    (tmp_path / "page.html").write_text(page)
    (article,) = read_articles(tmp_path)
    assert article.text.splitlines()[-1] == "Three soldiers died in Homs on Monday."


def test_integers_that_tables_wrote_as_floats(tmp_path: Path) -> None:
    table = pa.table({"id": pa.array([7.0, 1.5, None]), "text": ["One.", "Two.", "Three."]})
    parquet.write_table(table, tmp_path / "news.parquet")
    assert [article.id for article in read_articles(tmp_path)] == ["7", "1.5", "news:3"]


def test_markdown_loses_its_marks(tmp_path: Path) -> None:
    front = '---\ntitle: "Town taken"\ndate: 2016-06-04\n---\n'
    body = "# Town taken\n\n- The **army** `took` [the town](h).\n> ***Nobody*** saw snake_case, 2 * 3.\n"
    (tmp_path / "note.md").write_text(front + body)
    text = "Town taken\n\nThe army took the town.\nNobody saw snake_case, 2 * 3.\n"
    assert list(read_articles(tmp_path / "note.md")) == [
        Article("note", text, "Town taken", date="2016-06-04")
    ]


def test_columns_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "news.jsonl").write_text('{"url": "u1", "body": "One.", "outlet": "AFP"}\n')
    columns = Columns(id="url", text="body", source="outlet")
    assert list(read_articles(tmp_path / "news.jsonl", columns=columns)) == [
        Article("u1", "One.", source="AFP")
    ]


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> io.BytesIO:
    buffer = io.BytesIO(data)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=buffer))
    return buffer


def test_standard_input_is_text_or_what_it_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = stdin(monkeypatch, TEXT.encode())
    assert list(read_articles(["-", "-"])) == [Article("stdin", TEXT)]
    assert not buffer.closed
    stdin(monkeypatch, gzip.compress(jsonl().encode()))
    assert [article.id for article in read_articles("-", format="jsonl")] == ["a1", "stdin:2"]


def test_a_format_can_be_named_for_files_with_any_suffix(tmp_path: Path) -> None:
    (tmp_path / "dump.data").write_text(jsonl())
    ids = [article.id for article in read_articles(tmp_path / "dump.data", format="ndjson")]
    assert ids == [
        "a1",
        "dump.data:2",
    ]


def test_a_format_that_is_named_is_for_all_files_of_a_folder(tmp_path: Path) -> None:
    for name in ("a.dat", "b", "c.txt", "sub/d.log", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("One.")
    given = [article.id for article in read_articles(tmp_path, format="text")]
    assert given == ["a.dat", "b", "c", "sub/d.log"]
    assert [article.id for article in read_articles(f"{tmp_path}/**/*", format="text")] == given
    assert [article.id for article in read_articles(tmp_path)] == ["c"]


@pytest.mark.integration
def test_memory_does_not_grow_with_the_number_of_rows(tmp_path: Path) -> None:
    import tracemalloc

    row = json.dumps({"text": "The army took the town. " * 40}) + "\n"
    (tmp_path / "news.jsonl").write_text(row * 20_000)
    tracemalloc.start()
    assert sum(1 for _ in read_articles(tmp_path / "news.jsonl")) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20 < (tmp_path / "news.jsonl").stat().st_size
