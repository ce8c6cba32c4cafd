"""Every bad input gets an error that says where and what to do, and the rest is still read."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import random
import time
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from conflict_events import InputError, read_articles
from conflict_events.reading import arrow_rows, streams

from .reads import read

GOOD = '{"id": "good", "text": "The army took the town."}\n'


BINARY = bytes(range(256)) * 40
NOISE = random.Random(0).randbytes(5000)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        *(
            (f"empty{suffix}", b"", "is empty")
            for suffix in (".txt", ".md", ".html", ".jsonl", ".csv", ".tsv")
        ),
        ("empty.parquet", b"", "no sound Parquet file"),
        ("blank.txt", b" \n\t\n", "nothing but white space"),
        ("blank.jsonl", b"\n\n", "is empty"),
        ("marks.txt", b"\xef\xbb\xbf\x00", "nothing but white space"),
        ("binary.txt", BINARY, "is a binary file"),
        ("binary.jsonl", BINARY, "is a binary file"),
        ("binary.csv", BINARY, "is a binary file"),
        ("paper.txt", b"%PDF-1.7\n...", "is a PDF file"),
        ("letter.txt", b"PK\x03\x04....", "is a zip archive"),
        ("image.html", b"\x89PNG\r\n\x1a\n", "is an image"),
        ("table.jsonl", b"PAR1....", "is a Parquet file"),
        ("broken.parquet", b"PAR1 nothing of the sort PAR1", "no sound Parquet file"),
        ("text.parquet", b"The army took the town.", "no sound Parquet file"),
        ("cut.txt.gz", gzip.compress(NOISE)[:2000], "may be damaged"),
        ("cut.jsonl.gz", gzip.compress(NOISE.hex().encode())[:2000], "may be damaged"),
        ("bad.csv.gz", gzip.compress(b"id,text\n")[:-8] + b"12345678", "may be damaged"),
        ("bad.txt.bz2", b"BZh91AY&SY" + b"\x00" * 50, "may be damaged"),
        ("bad.txt.xz", b"\xfd7zXZ\x00" + b"\x00" * 50, "may be damaged"),
        ("bad.txt.zst", b"\x28\xb5\x2f\xfd" + b"\xff" * 50, "may be damaged"),
        ("empty.html", b"<html><body></body></html>", "no article was found"),
        (
            "header.csv",
            b"id,body,Text\n1,One.,Two.\n",
            "no column 'text'; the columns are 'id', 'body', 'Text'",
        ),
    ],
    # Processes that share the tests must find the same names: compressed bytes hold the time.
    ids=lambda value: value if isinstance(value, str) else "data",
)
def test_bad_files_are_named_and_the_others_read(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "z.txt").write_text("The army took the town.")
    ids, (error,) = read(tmp_path)
    assert ids == ["z"]
    assert error.path == str(tmp_path / name)
    assert message in str(error)
    assert "\n" not in str(error)


@pytest.mark.integration
def test_a_tag_of_very_many_attributes_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    body = "<p>The army took the town, and the governor left it before noon.</p>" * 5
    many = " ".join(f"a{number}='>' b" for number in range(500_000))
    (tmp_path / "a.html").write_text(f"<html>\n<body {many}>{body}</body></html>")
    few = " ".join(f"data-{number}='<b c>'" for number in range(50))
    numbers = ", ".join(map(str, range(25_000)))
    no_tags = f"<script>for (i = 0; i<n; i++) f([{numbers}])</script><!-- <a {numbers} -->"
    (tmp_path / "b.html").write_text(f"<html><body {few}>{no_tags}{'<br>' * 30_000}{body}</body></html>")
    began = time.monotonic()
    ids, (error,) = read(tmp_path)
    assert ids == ["b"]
    assert (Path(error.path or "").name, error.line) == ("a.html", 2)
    assert "20,000 attributes" in str(error)
    assert time.monotonic() - began < 60  # parsed, the page would take hours


def test_tags_are_told_from_what_looks_like_one(tmp_path: Path) -> None:
    body = "<p>The army took the town, and the governor left it before noon.</p>" * 5
    many = "a " * 25_000
    refused = {
        "comment": f"<!--><body {many}>",
        "script": f"<script {many}></script>",
        "style": f"<style>p {{}}</style><p {many}>",
    }
    fine = {
        "inside": f"<script>if (a <b) {{ '<p {many}>' }}</script>",
        "open": f"<!-- <p {many}> --!>",
        "capitals": f"<SCRIPT>'<p {many}>'</script >",
    }
    for name, part in (refused | fine).items():
        (tmp_path / f"{name}.html").write_text(f"<html>{part}{body}</html>")
    ids, errors = read(tmp_path)
    assert sorted(ids) == sorted(fine)
    assert sorted(Path(error.path or "").stem for error in errors) == sorted(refused)


def test_long_rows_of_parquet_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_rows, "LONGEST", 1000)
    texts = ["One.", "word " * 300, "Three.", "word " * 150, "word " * 150, "Six."]
    dictionary = pa.array(texts).dictionary_encode()
    parquet.write_table(pa.table({"text": texts}), tmp_path / "a.parquet", row_group_size=4)
    parquet.write_table(pa.table({"text": dictionary}), tmp_path / "b.parquet")
    parquet.write_table(pa.table({"text": ["One."], "title": ["word " * 300]}), tmp_path / "c.parquet")
    ids, errors = read(tmp_path)
    assert ids == [f"{name}:{row}" for name in "ab" for row in (1, 3, 4, 5, 6)]
    assert [(Path(error.path or "").name, error.line) for error in errors] == [
        ("a.parquet", 2), ("b.parquet", 2), ("c.parquet", 1),
    ]  # fmt: skip
    assert all("the row is longer than" in str(error) for error in errors)


@pytest.mark.integration
def test_a_small_parquet_file_of_one_large_text_many_times_takes_bounded_memory(tmp_path: Path) -> None:
    import tracemalloc

    text = "word " * (4 * 2**18)
    table = pa.table({"text": pa.DictionaryArray.from_arrays(pa.array([0] * 200, pa.int32()), [text])})
    parquet.write_table(table, tmp_path / "a.parquet", compression="zstd", dictionary_pagesize_limit=2**30)
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    most = max(pa.total_allocated_bytes() - before for _ in islice(read_articles(tmp_path), 40))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 400 * 2**20
    assert peak < 150 * 2**20


def test_parquet_without_the_column_with_another_type_or_without_rows(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"body": ["One."]}), tmp_path / "a.parquet")
    parquet.write_table(pa.table({"text": [1, 2]}), tmp_path / "b.parquet")
    parquet.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "c.parquet")
    parquet.write_table(pa.table({"text": ["One.", None]}), tmp_path / "d.parquet")
    ids, errors = read(tmp_path)
    assert ids == ["d:1"]
    assert [(Path(error.path or "").name, error.line) for error in errors] == [
        ("a.parquet", None), ("b.parquet", 1), ("b.parquet", 2), ("c.parquet", None), ("d.parquet", 2),
    ]  # fmt: skip
    assert "the columns are 'body'" in str(errors[0])


def test_a_parquet_file_damaged_within_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(
        pa.table({"text": [f"The army took town {n}." for n in range(5000)]}), path, compression="zstd"
    )
    data = bytearray(path.read_bytes())
    data[100:4000] = b"\xff" * 3900
    path.write_bytes(data)
    _, errors = read(tmp_path)
    assert len(errors) == 1
    assert errors[0].path == str(path)
    assert "\n" not in str(errors[0])


def test_paths_that_give_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.log").write_text("One.")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "gone.txt").symlink_to("nowhere.txt")
    (tmp_path / "a.txt").write_text("One.")
    (tmp_path / "a.docx").write_text("One.")
    messages = {
        "none.txt": "no such file",
        "none": "no such file",
        "none*.txt": "no file of a known format matches",
        "empty": "the folder has nothing to read",
        "empty/*": "no file of a known format matches",
        "links": "no such file",
        "a.docx": ".docx is no known format",
        "a.txt/b.txt": "Not a directory",
        "n\0l.txt": "is no path",
        "x" * 300 + ".txt": "File name too long",
    }
    for path, message in messages.items():
        ids, (error,) = read([tmp_path / path, tmp_path / "a.txt"])
        assert ids == ["a"], path
        assert message in str(error), path


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_paths_that_may_not_be_read(tmp_path: Path) -> None:
    for name in ("a.txt", "b/c.txt", "d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("One.")
    (tmp_path / "a.txt").chmod(0)
    (tmp_path / "b").chmod(0)
    ids, errors = read(tmp_path)
    (tmp_path / "b").chmod(0o700)
    assert ids == ["d"]
    assert len(errors) == 2
    assert all("no permission to read it" in str(error) for error in errors)


def test_permission_errors_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the tests run as root, whom no permission stops."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.txt").write_text("One.")
    monkeypatch.setattr(streams.io, "FileIO", refuse)
    _, (error,) = read(tmp_path)
    assert "no permission to read it" in str(error)


def test_metadata_without_articles_is_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "metadata.jsonl").write_text('{"file_name": "gone.txt", "id": "x"}\n')
    _, (error,) = read(tmp_path)
    assert "nothing to read" in str(error)


def test_unknown_formats_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown format 'docx': choose one of csv, html"):
        read_articles(tmp_path, format="docx")


def test_parquet_from_standard_input_is_refused() -> None:
    _, (error,) = read("-", format="parquet")
    assert "give a file" in str(error)


def test_bad_lines_of_metadata_are_told_and_the_others_used(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("One.")
    rows = [json.dumps({"file_name": "a.txt", "id": "x"}), "broken", json.dumps({"id": "y"})]
    (tmp_path / "metadata.jsonl").write_text("\n".join(rows))
    ids, errors = read(tmp_path)
    assert ids == ["x"]
    assert [error.line for error in errors] == [2, 3]


@given(
    st.binary(max_size=300), st.sampled_from([".txt", ".md", ".jsonl", ".csv", ".tsv", ".html", ".parquet"])
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_articles_or_input_errors(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    path = tmp_path_factory.mktemp("any") / f"a{suffix}"
    path.write_bytes(data)
    ids, errors = read(path)
    assert ids or errors


@pytest.mark.integration
@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst"])
def test_rows_before_a_cut_in_a_compressed_file_are_read(tmp_path: Path, kind: str) -> None:
    rows = b"".join(
        b'{"text": "The army took hill %s."}\n' % os.urandom(40).hex().encode() for _ in range(30_000)
    )
    whole = {
        "gz": lambda: gzip.compress(rows, 1),
        "bz2": lambda: bz2.compress(rows),
        "xz": lambda: lzma.compress(rows, preset=0),
        "zst": lambda: pa.compress(rows, "zstd", asbytes=True),
    }[kind]()
    (tmp_path / f"a.jsonl.{kind}").write_bytes(whole[: len(whole) * 6 // 10])
    ids, (error,) = read(tmp_path)
    assert "may be damaged" in str(error)
    # As much as the decompressors find: all but what they were about to unpack, at most some 900 kB (bzip2).
    assert ids == [f"a:{line}" for line in range(1, len(ids) + 1)]
    assert len(ids) > (9_000 if kind == "bz2" else 17_000)
