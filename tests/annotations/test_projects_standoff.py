"""The project's own stand-off files: as the corpora have them, and without their text."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from conflict_events.annotations.standoff import standoff_of

from .rows import joined, rows_in

ROOT = Path(__file__).resolve().parents[2]
# Of the others no rows lie beside the corpora.
LABELLED = ("fakes", "re3d", "cameo")


@pytest.mark.integration
@pytest.mark.parametrize("name", LABELLED)
def test_the_projects_files_are_those_of_the_corpus(name: str, corpus: Path) -> None:
    shipped = (ROOT / "annotations" / f"{name}.standoff.tsv").read_text(encoding="utf-8")
    assert shipped == standoff_of(corpus / f"{name}.jsonl", corpus)


@pytest.mark.integration
@pytest.mark.parametrize("name", LABELLED)
def test_the_projects_files_join_to_the_labelled_sentences(name: str, corpus: Path) -> None:
    # FA-KES through its whole articles, the others through their rows.
    given = rows_in(corpus / f"{name}.jsonl")
    assert joined(ROOT / "annotations" / f"{name}.standoff.tsv", corpus) == given
    assert len(given) == {"fakes": 7105, "re3d": 495, "cameo": 1349}[name]


@pytest.mark.integration
@pytest.mark.parametrize("name", ["newsarticles", "newsarticles_more", "newsarticles_test"])
def test_the_labels_of_the_news_articles_join_with_the_package_as_published(
    name: str, news_articles: Path, tmp_path: Path
) -> None:
    path = ROOT / "annotations" / f"{name}.standoff.tsv"
    rows = joined(path, news_articles)
    assert len(rows) == {"newsarticles": 14026, "newsarticles_more": 24031, "newsarticles_test": 1826}[name]
    (tmp_path / "again.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    # Offsets and all: every sentence stands where the file says.
    assert standoff_of(tmp_path / "again.jsonl", news_articles) == path.read_text(encoding="utf-8")


@pytest.mark.integration
def test_the_real_articles_as_the_published_table_join(corpus: Path, tmp_path: Path) -> None:
    with (tmp_path / "FA-KES-Dataset.csv").open("w", encoding="latin-1", newline="") as file:
        table = csv.writer(file)
        table.writerow(
            ["unit_id", "article_title", "article_content", "source", "date", "location", "labels"]
        )
        for row in rows_in(corpus / "articles.jsonl"):
            number = row["id"].removeprefix("fakes-")
            table.writerow([number, row["title"], f"{row['text']} ", row["source"], row["date"], "", 0])
    shipped = ROOT / "annotations" / "fakes.standoff.tsv"
    assert joined(shipped, tmp_path) == rows_in(corpus / "fakes.jsonl")


@pytest.mark.parametrize("name", LABELLED)
def test_the_projects_files_hold_no_text(name: str, corpus: Path) -> None:
    """Every word in a file is a label, a number, a hash, or what its columns say of documents."""
    rows = rows_in(corpus / f"{name}.jsonl")
    told = {word for row in rows for key in ("id", "group", "source", "license") for word in words(row[key])}
    told |= {label for row in rows for label in row["labels"]}
    told |= set(words((ROOT / "annotations" / f"{name}.standoff.tsv").read_text("utf-8").split("\n")[0]))
    shipped = words((ROOT / "annotations" / f"{name}.standoff.tsv").read_text(encoding="utf-8"))
    strange = {
        word for word in shipped if word not in told and not re.fullmatch(r"[0-9a-f]{16}|[\d-]*", word)
    }
    assert not strange


def words(text: str) -> list[str]:
    return re.split(r"[\s:()]+", text.strip())
