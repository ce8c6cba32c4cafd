"""Results as tables, and as what a notebook shows."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conflict_events import (
    Article,
    EventTagger,
    MissingExtraError,
    TaggedArticle,
    TaggedText,
    to_arrow,
    to_dataset,
    to_pandas,
    to_polars,
)
from conflict_events.output import open_writer

TEXT = "The army took the town. Air strikes killed nine people in the north. It rained."
HALF_A_PAIR = "\ud83d"


@pytest.fixture(scope="module")
def text(tagger: EventTagger) -> TaggedText:
    return tagger.tag(TEXT)


@pytest.fixture(scope="module")
def articles(tagger: EventTagger) -> list[TaggedArticle]:
    texts = ["", TEXT, f"Odd {HALF_A_PAIR} text here. Nine people were killed."]
    return list(tagger.tag_articles(Article(f"a{n}", text, source="AFP") for n, text in enumerate(texts)))


def test_a_tagged_text_is_a_list_of_its_sentences(text: TaggedText, tagger: EventTagger) -> None:
    assert [sentence.text for sentence in text] == [
        "The army took the town.",
        "Air strikes killed nine people in the north.",
        "It rained.",
    ]
    assert text[0].labels == ("advance",)
    assert text.labels == tagger.labels
    assert text == list(text)
    assert tagger.tag("") == []


def test_a_tagged_text_shows_itself(text: TaggedText) -> None:
    shown = text._repr_html_()
    assert shown is not None
    assert shown == text.to_html()
    assert "The army took the town." in shown
    assert "casualty" in shown


def test_a_tagged_text_without_jinja2_is_shown_as_a_list(
    text: TaggedText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert text._repr_html_() is None
    with pytest.raises(MissingExtraError, match=r"conflict-events\[report\]"):
        text.to_html()


def test_copies_of_a_tagged_text_convert_too(text: TaggedText) -> None:
    for again in (copy.copy(text), copy.deepcopy(text), pickle.loads(pickle.dumps(text))):
        assert again == text
        assert again.to_arrow().equals(text.to_arrow())


def test_a_list_that_was_changed_converts_as_it_is(tagger: EventTagger) -> None:
    text = tagger.tag(TEXT)
    del text[0]
    assert text.to_arrow()["text"].to_pylist() == [sentence.text for sentence in text]


def test_the_table_is_that_of_the_parquet_file(
    articles: list[TaggedArticle], tagger: EventTagger, tmp_path: Path
) -> None:
    import pyarrow.parquet as pq

    for all_sentences in (True, False):
        file = tmp_path / f"{all_sentences}.parquet"
        with open_writer(file, "parquet", tagger.labels, all_sentences=all_sentences) as writer:
            for article in articles:
                writer.write(article)
        table = to_arrow(articles, all_sentences=all_sentences)
        assert table.num_rows > 0
        assert table.equals(pq.read_table(file))


def test_every_kind_of_table_holds_the_same(articles: list[TaggedArticle]) -> None:
    rows = to_arrow(articles).to_pylist()
    assert len(rows) == 5
    assert to_dataset(articles).to_list() == rows
    assert to_polars(articles).to_dicts() == rows
    frame = to_pandas(articles)
    frame["labels"] = frame["labels"].map(list)
    assert frame.to_dict("records") == rows


def test_a_tagged_text_converts_to_every_kind_of_table(text: TaggedText) -> None:
    expected = text.to_arrow()["labels"].to_pylist()
    assert expected[0] == ["advance"]
    assert [list(labels) for labels in text.to_pandas()["labels"]] == expected
    assert text.to_polars()["labels"].to_list() == expected
    assert list(text.to_dataset()["labels"]) == expected


def test_nothing_found_still_has_all_columns(tagger: EventTagger, articles: list[TaggedArticle]) -> None:
    empty = to_arrow([], tagger.labels)
    assert empty.num_rows == 0
    assert empty.schema == to_arrow(articles).schema
    assert tagger.tag("").to_arrow().schema == empty.schema
    assert to_arrow([]).num_rows == 0


@pytest.mark.parametrize(
    ("package", "convert"), [("pandas", to_pandas), ("polars", to_polars), ("datasets", to_dataset)]
)
def test_a_missing_library_is_told(
    package: str, convert: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import conflict_events.frames as frames

    monkeypatch.setattr(frames, "find_spec", lambda name: None if name == package else object())
    with pytest.raises(MissingExtraError, match=r"pip install 'conflict-events\[frames\]'"):
        convert([])


@pytest.mark.integration
def test_tagging_loads_no_library_of_tables() -> None:
    code = (
        "import sys; from conflict_events import EventTagger, to_pandas, TaggedText\n"
        "EventTagger.from_pretrained(device='cpu').tag('The army took the town.')\n"
        "assert not {'pandas', 'polars', 'datasets', 'jinja2', 'huggingface_hub', 'spacy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
