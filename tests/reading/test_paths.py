"""Folders, patterns and files with metadata: what is read, in which order, under which ids."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from conflict_events import Article, read_articles
from conflict_events.reading.files import ArticleFile, find_files

PAGE = "<!doctype html><html><body><p>The army took the café district on Saturday.</p></body></html>"


def test_a_glob_passes_named_pipes_over(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("One.")
    os.mkfifo(tmp_path / "b.txt")
    assert [article.id for article in read_articles(tmp_path / "*.txt")] == ["a"]


def test_folders_are_read_in_order_to_their_depths_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/y/x.md", ".hidden.txt", ".git/c.txt", "skip.log", "c.html.bak"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "itself").symlink_to("itself")
    assert [article.id for article in read_articles(tmp_path)] == ["a/y/x", "a/z", "b"]
    # The same, however the folder is named.
    assert [article.id for article in read_articles(f"{tmp_path}/a/..//")] == ["a/y/x", "a/z", "b"]


def test_globs_take_what_they_match_with_ids_from_their_fixed_part(tmp_path: Path) -> None:
    for name in ("in/a/1.txt", "in/b/1.txt", "in/b/2.csv", "in/b/3.log", "in/[x].txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text\nOne.\n")
    assert [article.id for article in read_articles(f"{tmp_path}/in/*/*.txt")] == ["a/1", "b/1"]
    assert [article.id for article in read_articles(f"{tmp_path}/in/**/[12].*")] == ["a/1", "b/1", "b/2:2"]
    assert [article.id for article in read_articles(f"{tmp_path}/in/[x].txt")] == ["[x]"]


def test_files_of_one_name_get_different_ids(tmp_path: Path) -> None:
    for name in ("a/1.txt", "b/1.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("One.")
    (tmp_path / "a" / "1.md").write_text("Two.")
    ids = [article.id for article in read_articles([tmp_path / "a" / "1.txt", tmp_path / "b" / "1.txt"])]
    assert len(set(ids)) == 2
    assert [article.id for article in read_articles(tmp_path / "a")] == ["1.md", "1.txt"]


def test_ids_are_different_over_all_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("x/report.txt", "x/page.html", "x/page.txt", "x/rows.jsonl", "y/report.txt", "y/one.txt"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(PAGE if name.endswith("html") else '{"text": "One."}')
    Path("y/rows.jsonl").write_text('{"text": "One."}')

    def ids(*paths: str) -> list[str]:
        return [article.id for article in read_articles(list(paths))]

    assert ids("x/page.html", "x/page.txt") == ["x/page.html", "x/page.txt"]
    assert ids("x/page.*") == ["page.html", "page.txt"]
    several = [
        "page.html",
        "page.txt",
        "x/report.txt",
        "x/rows.jsonl:1",
        "one",
        "y/report.txt",
        "y/rows.jsonl:1",
    ]
    assert ids("x/", "y") == several
    assert ids("./x", "y/*") == several
    assert ids("y", "x") == [*several[4:], *several[:4]]
    # Where nothing is shared, and for one file that is found twice, ids are short.
    assert ids("x/report.txt", "y/one.txt") == ["report", "one"]
    assert ids("y/one.txt", "y") == ["one", "one", "report", "rows:1"]


def test_ids_with_suffixes_are_different_from_those_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.md", "a.txt", "a.txt.md", "a.txt.md.txt", "x/b.txt", "y/b.txt", "z/x/b.txt.md"):
        Path(name).parent.mkdir(exist_ok=True, parents=True)
        Path(name).write_text("One.")
    assert [article.id for article in read_articles("a*")] == ["a.md", "a.txt", "a.txt.md", "a.txt.md.txt"]
    # What one file falls back to is the short id of another.
    ids = [article.id for article in read_articles(["x", "y", "z"])]
    assert ids == ["x/b.txt", "y/b.txt", "z/x/b.txt.md"]


@pytest.mark.integration
def test_the_ids_of_very_many_paths_take_linear_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("x", "y"):
        Path(folder).mkdir()
        for number in range(1500):
            Path(f"{folder}/{number:04d}.txt").touch()
    paths = [str(path) for path in sorted(Path().glob("*/*"))]
    began = time.process_time()
    files = list(find_files(paths, None))
    assert len({file.id for file in files if isinstance(file, ArticleFile)}) == 3000
    assert [file.id for file in find_files(["x", "y"], None) if isinstance(file, ArticleFile)] == paths
    assert time.process_time() - began < 10


@pytest.mark.parametrize("sidecar", ["metadata.jsonl", "metadata.csv"])
def test_metadata_beside_files(tmp_path: Path, sidecar: str) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("one.txt", "two.txt", "sub/three.txt"):
        (tmp_path / name).write_text(name)
    rows = {
        "metadata.jsonl": '{"file_name": "one.txt", "id": 12, "title": "First", "date": null}\n'
        '{"file_name": "sub/three.txt", "source": "AFP"}\n',
        "metadata.csv": "file_name,id,title,source\none.txt,12,First,\nsub/three.txt,,,AFP\n",
    }
    (tmp_path / sidecar).write_text(rows[sidecar])
    expected = [
        Article("12", "one.txt", "First"),
        Article("sub/three", "sub/three.txt", source="AFP"),
        Article("two", "two.txt"),
    ]
    assert list(read_articles(tmp_path)) == expected
    assert list(read_articles(tmp_path / "one.txt")) == expected[:1]
    # As a shell expands `folder/*`.
    assert list(read_articles([tmp_path / name for name in (sidecar, "one.txt", "two.txt")])) == [
        expected[0],
        expected[2],
    ]


def test_metadata_without_file_names_is_a_file_of_articles(tmp_path: Path) -> None:
    (tmp_path / "metadata.jsonl").write_text('{"id": "x", "text": "One."}\n')
    assert list(read_articles(tmp_path)) == [Article("x", "One.")]
