"""JSON and JSON Lines that are broken, overlong or of another kind than they seem."""

from __future__ import annotations

from pathlib import Path

import pytest

from conflict_events import InputError, read_articles
from conflict_events.reading import streams

from .reads import read

GOOD = '{"id": "good", "text": "The army took the town."}\n'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "One', "broken JSON"),
        ('{"text": "One"} extra', "broken JSON"),
        ('["text", "One"]', "a list where a JSON object is needed"),
        ('[{"text": "One"}]', "a list where a JSON object is needed"),
        ("{", "broken JSON"),
        ('"One"', "a string where a JSON object is needed"),
        ("null", "null where a JSON object is needed"),
        ("12", "a number where a JSON object is needed"),
        ('{"id": "x", "body": "One"}', "has no text under 'text' (it has 'id', 'body')"),
        ("{}", "has no text under 'text' (it has nothing)"),
        ('{"id": "x", "text": null}', "has no text under 'text' (it has 'id')"),
        ('{"text": ["One", "Two"]}', "'text' holds a list where a string is needed"),
        ('{"text": {"en": "One"}}', "'text' holds an object"),
        ('{"text": 12}', "'text' holds a number"),
        ('{"text": true}', "'text' holds true or false"),
        ('{"text": " \\n "}', "the text under 'text' is empty"),
        ('{"text": "\\u0000"}', "the text under 'text' is empty"),
        ("[" * 200_000, "nested too deeply"),
        ('{"text": "One", "n": ' + "9" * 5000 + "}", "too many digits"),
        ("\x00\x01 not JSON", "broken JSON"),
    ],
)
def test_a_bad_line_of_jsonl_is_named_and_the_next_is_read(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text(GOOD + line + "\n" + GOOD)
    ids, (error,) = read(path)
    assert ids == ["good", "good"]
    assert (error.path, error.line) == (str(path), 2)
    assert str(error).startswith(f"{path}, line 2: ")
    assert message in str(error)
    with pytest.raises(InputError, match="line 2"):
        list(read_articles(path))


def test_lone_surrogates_in_json_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"id": "\\ud800x", "text": "Half \\udc00 a pair.", "title": {"a": [1]}}\n'
    )
    (article,) = read_articles(tmp_path)
    assert (article.id, article.text) == ("\ufffdx", "Half \ufffd a pair.")
    assert article.title == '{"a": [1]}'


@pytest.mark.parametrize("start", ["[\n", '[{"text": "One."}, {"text": "Two."}]', "{\n"])
def test_one_json_document_is_told_from_json_lines_once(tmp_path: Path, start: str) -> None:
    (tmp_path / "a.jsonl").write_text(start + '  "text": "One."\n' * 50)
    ids, (error,) = read(tmp_path)
    assert ids == []
    assert "is one JSON document" in str(error)


def test_a_line_of_50_mb_is_passed_over_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    with path.open("w") as file:
        file.write(GOOD + '{"text": "')
        for _ in range(50):
            file.write("word " * (2**20 // 5))
        file.write('"}\n' + GOOD)
    ids, (error,) = read(path)
    assert ids == ["good", "good"]
    assert error.line == 2
    assert "longer than the 32 MB" in str(error)


def test_overlong_lines_and_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LONGEST", 1000)
    monkeypatch.setattr(streams, "_CHUNK", 64)
    (tmp_path / "a.csv").write_text("id,text\n1,One.\n2," + "word " * 300 + "\n3,Three.\n")
    (tmp_path / "b.txt").write_text("word " * 300)
    (tmp_path / "c.html").write_text("<p>word</p>" * 300)
    (tmp_path / "d.jsonl").write_bytes((GOOD + " " * 2000 + "\n" + GOOD).encode("utf-16"))
    (tmp_path / "e.csv").write_text("id,text" + "x" * 1000)
    ids, errors = read(tmp_path)
    assert ids == ["1", "3", "good", "good"]
    assert [(Path(error.path or "").name, error.line) for error in errors] == [
        ("a.csv", 3), ("b.txt", None), ("c.html", None), ("d.jsonl", 2), ("e.csv", 1),
    ]  # fmt: skip
    assert all("longer than" in str(error) for error in errors)
