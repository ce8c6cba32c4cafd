"""Encodings found, mojibake mended, unsound characters removed, and sound text left exactly as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conflict_events import Article, read_articles, split_article
from conflict_events.reading.encoding import decode, mend

ENGLISH = "“The army’s café was hit,” Müller said – 26 died. " * 3
ARABIC = "قالت القوات الحكومية إنها سيطرت على مدينة الرقة بعد معارك عنيفة مع التنظيم يوم السبت الماضي. " * 5
RUSSIAN = "Сирийская армия вошла в провинцию Ракка при поддержке российской авиации, сообщили в субботу. " * 5

UKRAINIAN = "Російська армія завдала удару по Києву. Загинули 26 людей, є поранені, повідомили в суботу. " * 2
JAPANESE = "シリア軍は日曜日にラッカ県に進入した。戦闘で26人が死亡したと監視団が述べた。" * 3


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ENGLISH, "utf-8"),
        (ENGLISH, "utf-8-sig"),
        (ENGLISH, "utf-16"),
        (ENGLISH, "utf-16-le"),
        (ENGLISH, "utf-16-be"),
        (ENGLISH, "utf-32"),
        (ENGLISH, "cp1252"),
        (ARABIC, "cp1256"),
        (ARABIC, "utf-16"),
        (RUSSIAN, "cp1251"),
        (UKRAINIAN, "koi8_u"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
    ],
)
def test_encodings_are_found(tmp_path: Path, text: str, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    assert [article.text for article in read_articles(tmp_path)] == [text]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_rows_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    rows = [json.dumps({"text": ENGLISH}, ensure_ascii=False), json.dumps({"text": "Zwei über\u0a0a."})]
    (tmp_path / "a.jsonl").write_bytes("\n".join(rows).encode(encoding))
    (tmp_path / "b.csv").write_bytes(f'text,id\n"{ENGLISH}",1\n'.encode(encoding))
    assert [article.text for article in read_articles(tmp_path)] == [ENGLISH, "Zwei über\u0a0a.", ENGLISH]


def test_a_file_joined_of_two_encodings_is_decoded_line_by_line() -> None:
    assert decode("Müller\n".encode() + "Müller\n".encode("cp1252")) == "Müller\nMüller\n"


def test_a_character_cut_in_two_at_the_end_is_dropped() -> None:
    assert decode("Müller’s".encode()[:-3]) == "Müller"


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("Islamâ€™s army â€œadvancedâ€\x9d", "Islam’s army “advanced”"),
        ("cafÃ© in ZÃ¼rich", "café in Zürich"),
        ("a\x00b\x07c\ufeffd", "abcd"),
        ("lone \ud83d half", "lone \ufffd half"),
        ("two halves \ud83d\ude00", "two halves 😀"),
    ],
)
def test_damage_is_mended(broken: str, mended: str) -> None:
    assert mend(broken) == mended


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        ARABIC,
        RUSSIAN,
        "“curly” ‘quotes’… ﬁ ﬂ Ⅳ ｆｕｌｌ e\u0301",
        "5 &lt; 6 &amp; more",
        "a\r\nb\tc\x0cd",
        "叙利亚军队",
    ],
)
def test_sound_text_is_left_as_it_is(text: str) -> None:
    assert mend(text) == text


def test_offsets_count_in_the_text_that_the_article_carries(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Islamâ€™s army left.\r\nIt\x00 came back.".encode())
    (article,) = read_articles(tmp_path)
    assert article.text == "Islam’s army left.\nIt came back."
    assert [sentence.begin for sentence in split_article(article).sentences] == [0, 19]


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_text_that_can_be_encoded(data: bytes) -> None:
    text = mend(decode(data))
    text.encode("utf-8")
    assert isinstance(split_article(Article("a", text)).sentences, tuple)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=200))
@settings(max_examples=300, deadline=None)
def test_utf8_is_decoded_exactly(text: str) -> None:
    if "\ufeff" not in text:
        assert decode(text.encode()) == text
