from __future__ import annotations

import json

import pytest

from conflict_events.articles import Article, TaggedArticle, TaggedSentence
from conflict_events.errors import InputError
from conflict_events.output import open_writer
from conflict_events.overview import events, read_events
from conflict_events.overview.events import parse_date
from conflict_events.reading import arrow_rows, streams


def sentence(text: str, begin: int, *labels: str) -> TaggedSentence:
    scores = {"advance": 0.75, "airstrike": 0.25}
    return TaggedSentence(text, begin, begin + len(text), labels, scores)


ARTICLES = [
    TaggedArticle(
        Article("a", "=Entered. Rain.", "-Title", "SANA", "2016-06-05T10:00"),
        (sentence("=Entered.", 0, "advance", "airstrike"), sentence("Rain.", 10)),
        (),
        "v",
    ),
    TaggedArticle(
        Article("a", "Again.", "-Title", "SANA", "2016-06-05T10:00"), (sentence("Again.", 0),), (), "v"
    ),
    TaggedArticle(Article("b", "Took it.", "", "", "June"), (sentence("Took it.", 0, "advance"),), (), "v"),
]


def row(*, title: object = "", scores: object = None) -> str:
    """A line as `tag` writes it, but for what is given."""
    scored = {"advance": 0.9} if scores is None else scores
    told = {"text": "Entered.", "begin": 0, "end": 8, "labels": ["advance"], "scores": scored}
    return json.dumps({"id": "a", "title": title, "source": "", "date": "", "sentences": [told]})


@pytest.mark.parametrize("name", ["e.jsonl", "e.csv", "e.parquet", "e.jsonl.gz", "e.csv.zst"])
def test_what_tag_wrote_is_read_back(tmp_path, name):
    path = tmp_path / name
    with open_writer(path, name.split(".")[1], ("advance", "airstrike")) as writer:
        for tagged in ARTICLES:
            writer.write(tagged)
    first, second, third = read_events([path])
    assert (first.id, first.title, first.source, str(first.date)) == ("a", "-Title", "SANA", "2016-06-05")
    assert first.sentences == ARTICLES[0].sentences
    assert second.sentences == ARTICLES[1].sentences  # the same id again is another article
    assert (third.id, third.date) == ("b", None)


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_a_sentence_of_any_length_is_read_back(tmp_path, format):
    path = tmp_path / f"events.{format}"
    long = sentence("word " * 30_000 + "end.", 0, "advance")
    with open_writer(path, format, ("advance", "airstrike")) as writer:
        writer.write(TaggedArticle(Article("a", long.text, "", "", ""), (long,), (), "v"))
    (article,) = read_events([path])
    assert article.sentences == (long,)


@pytest.mark.parametrize("name", ["e.jsonl.gz", "e.csv.zst", "e.parquet"])
def test_no_line_fills_the_memory(tmp_path, name, monkeypatch):
    path = tmp_path / name
    long = sentence("word " * 300 + "end.", 0, "advance")
    with open_writer(path, name.split(".")[1], ("advance", "airstrike")) as writer:
        writer.write(ARTICLES[0])
        writer.write(TaggedArticle(Article("a", long.text, "", "", ""), (long,), (), "v"))
    for module in (events, streams, arrow_rows):
        monkeypatch.setattr(module, "LONGEST", 1000)
    monkeypatch.setattr(events, "_LONGEST_LINE", 1000)
    with pytest.raises(InputError, match=rf"{name}, line [234]: the (line|row) is longer than"):
        list(read_events([path]))


@pytest.mark.parametrize("text", ["", "June", "0001-01-01", "9999-12-31", "2016-02-30"])
def test_what_is_no_date_is_none(text):
    assert parse_date(text) is None


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.parquet: is not a file"):
        list(read_events([tmp_path / "none.parquet"]))


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("events.txt", "hello", "is no events file"),
        ("events.csv", "id,text\n1,x\n", "has no column article_id"),
        ("events.jsonl", '{"id": "a"}\n', "line 1: .*'title'"),
        ("events.jsonl", "{\n", "line 1"),
        ("events.jsonl", "\ud800", "line 1"),
        ("events.jsonl", "[" * 100_000, "line 1"),
        ("events.jsonl", "[]\n", "line 1"),
        ("events.jsonl", row(title=3), "line 1: .*title is no text"),
        ("events.jsonl", row(scores={"advance": "high"}), "line 1"),
        ("events.jsonl", row(scores={"advance": 7}), "line 1: .*not between 0 and 1"),
        ("events.jsonl", row(scores={}), "line 1: .*'advance' has no score"),
        ("events.jsonl.gz", "\x1f", "line 1"),
        ("events.csv", "\ud800\n", "line 1"),
        ("events.parquet", "PAR", "no sound Parquet file"),
    ],
)
def test_a_file_of_another_kind_is_named_with_the_reason(tmp_path, name, content, complaint):
    path = tmp_path / name
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError, match=complaint) as caught:
        list(read_events([path]))
    assert name in str(caught.value)
