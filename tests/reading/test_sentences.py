"""Sentences and their offsets, on news and on anything at all."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nupunkt import load

from conflict_events import Article, split_article, split_sentences

PIECES = [
    *(
        "The army took the town. ",
        "“Go,” he said. ",
        "U.S. ",
        "Col. Ryan Dillon ",
        "قال الجيش. ",
        "。",
        "...",
        "!!!",
    ),
    *(
        "READ MORE: Raqqa",
        "© 2014 X",
        "Post navigation",
        "Comments",
        "your comments must meet our guidelines",
    ),
    *('{"a": 1}', 'string(9) "[{"id":"1"}]"', "[Getty]", "3 min read", "Related articles", "#a @b", "” "),
    *("(Reporting by A B; Editing by C D)", "\n", "\r\n", "\u2028", " \t", "\x00", "\ud800", "\u200b"),
]
# Any code point, surrogates too, and texts made of the pieces that the rules look for.
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8))).map("".join),
)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_sentences_lie_in_order_and_leave_nothing_out(text: str) -> None:
    end = 0
    for sentence in split_sentences(text):
        assert text[sentence.begin : sentence.end] == sentence.text == sentence.text.strip() != ""
        assert not text[end : sentence.begin].strip()
        assert len(sentence.text.splitlines()) == 1
        end = sentence.end
    assert not text[end:].strip()


@pytest.mark.integration
@given(TEXTS)
@settings(max_examples=500, deadline=None)
def test_sentences_and_furniture_share_out_the_text(text: str) -> None:
    split = split_article(Article("a", text))
    for sentence in split.sentences:
        assert text[sentence.begin : sentence.end] == sentence.text
    for spans in (split.sentences, split.furniture):
        assert list(spans) == sorted(spans, key=lambda span: span.begin)
    end = 0
    for begin, stop in sorted((span.begin, span.end) for span in (*split.sentences, *split.furniture)):
        assert end <= begin < stop <= len(text)
        assert not text[end:begin].strip()
        end = stop
    assert not text[end:].strip()
    assert all(piece.reason for piece in split.furniture)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n\t\n", []),
        ("One line\nand the next", ["One line", "and the next"]),
        ("A first.\r\nA second.\u2029A third.", ["A first.", "A second.", "A third."]),
        (
            "Coalition spokesperson Col. Ryan Dillon spoke at 5 p.m. Monday. The U.S. Army left.",
            ["Coalition spokesperson Col. Ryan Dillon spoke at 5 p.m. Monday.", "The U.S. Army left."],
        ),
        (
            "Jets hit Homs. Israeli tanks left the West Bank. Police met the UN. Drones bombed the port. "
            "Ships left. It was a near miss. Rebels of a sect fled.",
            [
                "Jets hit Homs.",
                "Israeli tanks left the West Bank.",
                "Police met the UN.",
                "Drones bombed the port.",
                "Ships left.",
                "It was a near miss.",
                "Rebels of a sect fled.",
            ],
        ),
        (
            "Lt. Gen. Stephen Townsend, Spc. Ortiz and Reps. Jones and Lee came to Ft. Hood on Sept. 5. "
            "They left.",
            [
                "Lt. Gen. Stephen Townsend, Spc. Ortiz and Reps. Jones and Lee came to Ft. Hood on Sept. 5.",
                "They left.",
            ],
        ),
        ("Under ‘the fight.’ ” He left.", ["Under ‘the fight.’ ”", "He left."]),
        ("Zero\ud83dwidth. Next one.", ["Zero\ud83dwidth.", "Next one."]),
    ],
)
def test_where_sentences_end(text: str, sentences: list[str]) -> None:
    assert [sentence.text for sentence in split_sentences(text)] == sentences


def test_the_tokenizer_of_others_in_the_process_stays_as_it_is() -> None:
    split_sentences("Jets hit Homs. Drones left.")
    assert {"bank", "homs"} <= load("default").abbreviations


def test_a_sentence_of_100000_words_is_one_sentence() -> None:
    text = "and then " * 50_000 + "it ended."
    assert [len(sentence.text) for sentence in split_sentences(text)] == [len(text)]


UNITS = (
    "!",
    '."',
    ". ",
    "word ",
    "The army took it. ",
    "said.©",
    "Post navigation",
    '{"a": ',
    "[",
    "A/",
    "By A ",
)


@pytest.mark.parametrize("unit", UNITS)
def test_time_grows_with_the_length_of_the_text_and_not_with_its_square(unit: str) -> None:
    def seconds(length: int) -> float:
        article = Article("a", unit * (length // len(unit)))
        began = time.process_time()
        split_article(article)
        return time.process_time() - began

    seconds(1000)
    # Time quadratic in length would be minutes: nupunkt alone takes 2 s for 50,000 exclamation marks.
    assert seconds(400_000) < 8
