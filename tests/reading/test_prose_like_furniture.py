"""Sentences that begin or end like furniture, and furniture of other sites than the seeds'."""

from __future__ import annotations

import pytest

from conflict_events import Article, split_article

SENTENCES = [
    "Read more: that was the advice he gave to his soldiers before the battle.",
    "Related: two soldiers were also wounded in the shelling.",
    "Tap here to see the war, reads a sticker on the screen in Donetsk.",
    "Subscribe to our newsletter, the group told reporters in an email claiming the attack.",
    "Sign up for the army, posters told the young men; many did after the alerts.",
    "Your email address was found on the dead man's phone, police told him.",
    "By using this site you agree to fight, the rebel forum told recruits.",
    "By continuing to shell the site you accept responsibility, he said.",
    "Video courtesy of the army shows strikes hitting a convoy.",
    "Video source: the army said it had filmed the strike from a drone.",
    "Photos by Activists showed dozens of dead in Douma",
    "Pictures by SANA showed the army entering Palmyra",
    "Image of the dead: a boy on a beach.",
    "Copyright 2016 was the year that war came, he wrote.",
    "All rights reserved to prisoners by Geneva were denied them.",
    "Reading time: five minutes before the strike",
    "Reporting by Reuters has shown that 12 died; reporting by the BBC agrees.",
    "This article appeared to justify the bombing of Aleppo, the ministry said.",
    "This story appeared in the indictment: soldiers killed 12 people in Homs.",
    "Views expressed here, the envoy said, are those of his government.",
    "More from the front reached us on Sunday.",
    "Credit: the army took it for the victory.",
    "5 June 2016.",
    "“24 February 2022.”",
    "On 5 June 2016 at 5 pm.",
    "May 12?",
    "The tweet, {\"status\": \"all dead\"}, was later deleted.",
    "{\"orders\": \"kill all\"} was the text of the message that the army intercepted.",
    "string(s) of missiles were fired at Haifa.",
    "object(ive) reached.",
    "$(cat) was on the screen.",
    "He died.",
    "None survived.",
    "More to follow.",
    "Mohammed al-Ali, 12",
    "THE ARMY TOOK PALMYRA ON SUNDAY, KILLING 40 MILITANTS.",
    "The group posted the claim at https://example.org/claim on Sunday.",
]  # fmt: skip

FURNITURE = {
    "More from Syria": "link to other pages",
    "Image source, Getty Images": "photo credit",
    "Photograph: Bulent Kilic/AFP/Getty Images": "photo credit",
    "Credit: REUTERS/Omar Sanadiki": "photo credit",
    "File photo.": "photo credit",
    "Image caption, A Ukrainian soldier near Bakhmut": "photo caption",
    "Smoke rises over Raqqa [Photo by AFP]": "photo caption",
    "Smoke rises over Raqqa (Getty)": "photo caption",
    "Copyright Reuters 2016": "copyright",
    "This material may not be published, broadcast, rewritten or redistributed.": "copyright",
    "4 min read.": "reading time",
    "Video Duration 02 minutes 35 seconds": "reading time",
    "First published on Sun 5 Jun 2016 10.03 BST": "date line",
    "Published on 5 June 2016.": "date line",
    "June 5, 2016, 10 a.m.": "date line",
    "Updated at 10.03am BST": "date line",
    "This article is more than 7 years old": "date line",
    "Home > World > Middle East": "navigation",
    "Privacy Policy | Terms of Service": "navigation",
    "About | Contact | Privacy": "navigation",
    "Comments (12)": "navigation",
    "list 1 of 3": "navigation",
    "Please enable JavaScript to view this page.": "navigation",
    "Terms of use": "navigation",
    "Follow BBC News on Facebook, on Instagram, or on X.": "social media",
    "For more news, follow us on Telegram": "social media",
    "Subscribe to Breaking News Alerts": "newsletter",
    "Support our journalism": "newsletter",
    "Reject all": "cookie notice",
    "Advertisement - scroll to continue": "advertisement",
    "Reporting by John Irish in Paris": "agency credit",
    "Writing by Tom Perry, Editing by Mark Heinrich": "agency credit",
    "Our Standards: The Thomson Reuters Trust Principles.": "agency credit",
    "With inputs from PTI": "agency credit",
    "SOURCE: AL JAZEERA": "agency credit",
    "(ANI)": "agency credit",
    "-ENDS-": "agency credit",
    "rev/ab (AFP, Reuters)": "agency credit",
    "The views expressed in this article are the author's own.": "disclaimer",
    "[ad_1]": "data or code",
    "{{ post.title }}": "data or code",
    "&nbsp;": "data or code",
    "<script>var a=1;</script>": "data or code",
    ".article { color: red; }": "data or code",
    "string(12)": "data or code",
}


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("joint", ["\n", " "])
def test_sentences_are_kept_as_lines_and_within_paragraphs(sentence: str, joint: str) -> None:
    text = joint.join(["The army took the town.", sentence, "It lost it again."])
    split = split_article(Article("a", text))
    assert not split.furniture
    assert "".join("".join(s.text.split()) for s in split.sentences) == "".join(text.split())


@pytest.mark.parametrize("line", FURNITURE)
def test_furniture_is_kept_out(line: str) -> None:
    text = f"The army took the town.\n{line}\nIt lost it again."
    pieces = [
        (text[piece.begin : piece.end], piece.reason) for piece in split_article(Article("a", text)).furniture
    ]
    assert pieces == [(line, FURNITURE[line])]


@pytest.mark.parametrize(
    "line",
    [
        "The ministry did not comment on our questions about the strike.",
        "Comments by your ministers cost us the truce, the envoy said.",
        "We met moderate rebels in our hideout near Homs.",
    ],
)
def test_what_stands_below_the_heading_comment_may_be_the_article(line: str) -> None:
    split = split_article(Article("a", f"Comment\n{line}\nThe army took the town."))
    assert [sentence.text for sentence in split.sentences][-2:] == [line, "The army took the town."]


@pytest.mark.parametrize("line", ["军队进入了城市。", "هل سقطت المدينة؟", "The army took the town (again)"])
def test_sentences_of_any_script_end_a_list_of_links(line: str) -> None:
    split = split_article(Article("a", f"A first line.\nRelated\nArmy takes town\n{line}"))
    assert [sentence.text for sentence in split.sentences] == ["A first line.", line]
