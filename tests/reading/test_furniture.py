"""What is kept out and, above all, what is not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from conflict_events import Article, read_articles, split_article

FURNITURE = {
    "READ MORE: In Raqqa, support ISIL or die": "link to other pages",
    "READ MORE In Raqqa, support ISIL or die": "link to other pages",
    "Read also:\u00a0Syria Insight - Cautious hope": "link to other pages",
    "Also read: What we know so far": "link to other pages",
    "Related: Why did the truce fail?": "link to other pages",
    "Read more...": "link to other pages",
    "Click here to read the full report": "link to other pages",
    "https://example.org/a?b=c": "link to other pages",
    "Image credit: Aljazeera Network.": "photo credit",
    "Photo: Smoke over Kobani": "photo credit",
    "Photo by Khalil Ashawi/Reuters": "photo credit",
    "(AP Photo/Hussein Malla)": "photo credit",
    "AFP/Getty Images": "photo credit",
    "Clashes have erupted in Raqqa and Idlib [Getty]": "photo caption",
    "Smoke rises over Idlib on Sunday [File: Khalil Ashawi/Reuters]": "photo caption",
    "A fighter near Raqqa in June (Photo: AFP)": "photo caption",
    "© 2014 Aljazeera Network": "copyright",
    "Copyright 2016 The Daily. No part may be used.": "copyright",
    "The Daily Star, all rights reserved.": "copyright",
    "Post navigation": "navigation",
    "Share | Tweet | Print": "navigation",
    "Leave a comment": "navigation",
    "1,430 views": "navigation",
    "3 min read": "reading time",
    "Reading time: 4 minutes": "reading time",
    "Sun Jun 5, 2016 21:05:12": "date line",
    "22 September, 2020": "date line",
    "Published: 2017-04-05 12:30 GMT": "date line",
    "Updated 3 hours ago": "date line",
    "Follow us on\u00a0FacebookTwitter\u00a0and\u00a0Instagram to stay connected": "social media",
    "Follow Hashem Ahelbarra on Twitter: @hashem": "social media",
    "Share this on Facebook": "social media",
    "#Syria #Raqqa @reporter": "social media",
    "Sign up for our daily newsletter": "newsletter",
    "Get the best of our reporting delivered to your inbox every morning.": "newsletter",
    "We use cookies to improve your experience.": "cookie notice",
    "By continuing to use this site you agree to our terms.": "cookie notice",
    "Advertisement": "advertisement",
    "Story continues below advertisement": "advertisement",
    "Tags: Syria, ISIS, Raqqa": "tags",
    "By Tom Perry and Suleiman Al-Khalidi": "byline",
    "By AFP": "byline",
    "Rodi Said, Reuters": "byline",
    "S/SH 11": "agency credit",
    "Source: Agencies": "agency credit",
    "(Reporting by Tom Perry; Editing by Angus MacSwan)": "agency credit",
    "Reporting by Tom Perry; Editing by Angus MacSwan": "agency credit",
    "The Associated Press contributed to this report.": "agency credit",
    "-- Reuters": "agency credit",
    "window.dataLayer = window.dataLayer || [];": "data or code",
    "function gtag(){dataLayer.push(arguments);}": "data or code",
    '{"id": "12", "title": "Army takes town"}': "data or code",
    '"pic": "a.jpg",': "data or code",
    "* * *": "no words",
    "218-11": "no words",
    "SSH 11": "agency credit",
    "(Source: Syrian Coalition) Twitter": "agency credit",
    "Source TRTWorld and agencies": "agency credit",
    "(With Reuters and AFP)": "agency credit",
    "Subscribe TRT World on Facebook Like Follow": "social media",
}

SENTENCES = [
    "Read more slowly, he said.",
    "“Read more,” the teacher told them.",
    "Related attacks killed 12 people in Homs.",
    "See also how the soldiers left, one villager said.",
    "Watch the skies, the pilots were told.",
    "Picture by picture, the film shows the war.",
    "AFP pictures showed bodies in the street.",
    "Photographs of the dead were published by SANA.",
    "Copyright law does not apply in war.",
    "The treaty says that all rights reserved to the states remain.",
    "Comments by the minister were rejected in Ankara.",
    "We welcome your comments on our guidelines, the envoy told reporters.",
    "Share this burden with us, he asked Europe.",
    "Follow us on foot, the soldier said.",
    "Follow us on Twitter, the group told its fighters.",
    "Join us on Telegram, the militants said in a video.",
    "Listen.",
    "“No more.”",
    "By Friday, the army had taken the town.",
    "By air and by land they came.",
    "Tags on the bodies named 12 soldiers.",
    "Source: Russia will strike Idlib in days",
    "They fight “Daesh [ISIS]” and nobody else.",
    "(Reporting is banned in the province.)",
    "Reporting by journalists is banned in the province.",
    "Russia contributed to this report of the United Nations.",
    "Advertisement of weapons is punished.",
    "3 minutes later a second bomb fell.",
    "On 5 June 2016, 28 people died.",
    "May 5 was the deadliest day.",
    "Subscribe to our cause, the preacher urged, or leave.",
    "By using force you accept war, he said.",
    "Cookies were handed out to the children of Aleppo.",
    "The editor of The Daily (Damascus) was shot.",
    "Function (and form) matter, the architect said.",
    "Window (and door) frames burned.",
    'The sign read "{free} Aleppo" and was torn down.',
    "1,430 people were killed in Ghouta.",
    "26.",
    "12 shares of the company were seized.",
    "Home to 200,000 people, the city fell in 2014.",
    "AFP reported 12 dead.",
    "SANA, the state agency, said 12 died.",
    "القوات الحكومية سيطرت على المدينة.",
    "叙利亚军队进入拉卡省。",
]


@pytest.mark.parametrize("line", FURNITURE)
def test_furniture_is_kept_out_with_its_reason(line: str) -> None:
    text = f"The army took the town.\n\n{line}\n\nIt lost it again."
    split = split_article(Article("a", text))
    assert [(text[piece.begin : piece.end], piece.reason) for piece in split.furniture] == [
        (line, FURNITURE[line])
    ]
    assert [sentence.text for sentence in split.sentences] == ["The army took the town.", "It lost it again."]


@pytest.mark.parametrize("line", SENTENCES)
def test_what_a_person_may_have_written_is_kept(line: str) -> None:
    split = split_article(Article("a", f"The army took the town.\n{line}\nIt lost it again."))
    assert not split.furniture
    assert " ".join(sentence.text for sentence in split.sentences[1:-1]) == line


def reasons(text: str) -> list[tuple[str, str]]:
    return [
        (text[piece.begin : piece.end], piece.reason) for piece in split_article(Article("a", text)).furniture
    ]


@pytest.mark.parametrize(
    ("prose", "glued", "reason"),
    [
        ("The army took the town.", "© Copyright IBTimes 2024. All rights reserved.", "copyright"),
        ("The army took the town.", " All rights reserved", "copyright"),
        ("The army took the town.", "Post navigation", "navigation"),
        ("The army took the town.", ' string(12) "[{"id":"1","t":"Army kills 40"}]"', "data or code"),
        ("The army took the town.", " Follow us on Instagram.", "social media"),
        ("He was shot, the Observatory said.", " (AFP)", "agency credit"),
        ("The army took Raqqa, Reuters reported.", " [Getty]", "agency credit"),
        ("The army took the town.", " (Reporting by A B; Editing by C D)", "agency credit"),
    ],
)
def test_furniture_glued_to_the_end_of_a_line(prose: str, glued: str, reason: str) -> None:
    assert reasons(prose + glued) == [(glued.strip(), reason)]
    assert [sentence.text for sentence in split_article(Article("a", prose + glued)).sentences] == [prose]


def test_prose_after_data_is_kept() -> None:
    split = split_article(Article("a", '{"id": "1"} The army took the town.'))
    assert [sentence.text for sentence in split.sentences] == ["The army took the town."]


LONG = "The army took the town of Ghanim al-Ali from the group on Sunday, the Observatory said."


def test_a_block_that_comes_again_is_dropped_with_its_short_lines() -> None:
    text = f"A first line that is no copy.\n{LONG}\nIt held.\nNews between.\n{LONG}\nIt held.\nAn end."
    assert reasons(text) == [(LONG, "repeated text"), ("It held.", "repeated text")]


def test_a_refrain_is_no_copy() -> None:
    text = "Where are they?\n" + "“We do not know.”\nShe asked again.\n" * 30 + "No.\n" * 40
    assert reasons(text) == []


def test_a_paragraph_that_comes_again_as_a_quote_is_kept() -> None:
    assert reasons(f"Headline of the day\n{LONG}\n“{LONG}”\n{LONG} He repeated it.") == []


def test_the_second_copy_of_the_headline_is_dropped_and_the_first_kept() -> None:
    text = "Dozens dead in clashes in Raqqa\n\nDozens dead in clashes in  Raqqa\nThe rest."
    assert reasons(text) == [("Dozens dead in clashes in  Raqqa", "repeated headline")]


def test_headlines_below_related_articles_end_where_sentences_begin() -> None:
    text = f"{LONG}\nRelated articles\nArmy takes town\nUN pleads for truce\nThe fight went on.\nA heading\n"
    assert [piece for piece, _ in reasons(text)] == [
        "Related articles",
        "Army takes town",
        "UN pleads for truce",
    ]


def test_comment_rules_need_their_heading() -> None:
    rule = "Your comments must meet our guidelines."
    assert reasons(f"{LONG}\n{rule}") == []
    assert reasons(f"{LONG}\nComments\n{rule}\nPost a comment") == [
        ("Comments", "comment rules"), (rule, "comment rules"), ("Post a comment", "comment rules"),
    ]  # fmt: skip


def test_an_article_between_comments_and_post_a_comment_is_kept() -> None:
    assert [piece for piece, _ in reasons(f"Comments\n{LONG}\nPost a comment")] == [
        "Comments",
        "Post a comment",
    ]


# What is dropped of the labelled corpora, every piece of which was read.
READ_AND_JUDGED = re.compile(
    r"Follow us on Instagram\.|Twitter|Read Also|Read also: .*|[\W\d]+"
    r"|\(?(?:Reporting|Writing|Additional reporting) by .*|Photo: an archive picture .*|\((?:AP )?Photo.*\)"
    r"|Agencies contributed to this story\."
    r"|This story has been updated to correct the spelling of .*|(?i:subscribe TRT World) .*"
    r"|-+ ?(?i:reuters)|\(With Reuters and AFP\)|\(Source: .*|Source TRTWorld and agencies|SSH 11|SA - 12"
)


@pytest.mark.integration
def test_no_sentence_of_the_labelled_corpora_is_dropped(corpus: Path) -> None:
    paths = [corpus / f"{name}.jsonl" for name in ("articles", "fakes", "re3d", "cameo", "written")]
    dropped = [piece for article in read_articles(paths) for piece, _ in reasons(article.text)]
    assert 300 < len(dropped) < 450
    assert [piece for piece in dropped if not READ_AND_JUDGED.fullmatch(piece)] == []


@pytest.mark.integration
def test_nothing_that_an_annotator_labelled_as_an_event_is_dropped(corpus: Path) -> None:
    for name in ("fakes", "re3d", "cameo", "written"):
        for line in (corpus / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            assert not row["labels"] or split_article(Article("a", row["text"])).sentences, row["id"]
