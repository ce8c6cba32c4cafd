from __future__ import annotations

import html
import io
import json
import re
import tracemalloc
from pathlib import Path

import pytest

from conflict_events.articles import Article, Furniture, TaggedArticle, TaggedSentence
from conflict_events.pages import HtmlWriter, to_html, write_page

ATTACK = (
    "</script><script>attacked()</script><!--<script> <img src=x onerror=attacked()> "
    "{{ 7 * 7 }} {% raw %} ${7} \u2028 \u202e &amp;"
)


def written(articles, labels, **options) -> str:
    stream = io.BytesIO()
    write_page(articles, stream, labels, **options)
    return stream.getvalue().decode()


def rows(page: str) -> list[dict]:
    return [json.loads(row) for row in re.findall(r'class="article">(.*)</script>', page)]


def test_every_character_of_the_article_is_on_the_page_once(make_article, labels):
    article = make_article(
        "a", [("Troops entered.", {"advance": 0.9}), ("It rained.", {})], furniture=(("© News", "copyright"),)
    )
    (row,) = rows(written([article], labels))
    assert (
        "".join(part if isinstance(part, str) else part[0] for part in row["parts"]) == article.article.text
    )


def test_parts_carry_label_numbers_scores_and_reasons(make_article, labels):
    article = make_article(
        "a",
        [("Jets killed 3.", {"airstrike": 0.91239, "casualty_report": 0.8}), ("It rained.", {})],
        furniture=(("© News", "copyright"), ("© Agency", "copyright"), ("Share", "social media")),
    )
    (row,) = rows(written([article], labels))
    marked = [part for part in row["parts"] if not isinstance(part, str)]
    assert marked == [
        ["Jets killed 3.", [1, 2], [0.01, 0.912, 0.8, 0.01]],
        ["It rained.", [], [0.01, 0.01, 0.01, 0.01]],
        ["© News\n© Agency", "copyright"],
        ["Share", "social media"],
    ]


def test_without_all_sentences_the_others_are_bare_text(make_article, labels):
    article = make_article("a", [("Jets struck.", {"airstrike": 0.9}), ("It rained.", {})])
    (row,) = rows(written([article], labels, all_sentences=False))
    assert row["parts"] == [["Jets struck.", [1], [0.01, 0.9, 0.01, 0.01]], "\n\n", "It rained.", "\n\n"]


def test_overlapping_pieces_are_cut_not_repeated(labels):
    scores = dict.fromkeys(labels, 0.1)
    article = TaggedArticle(
        Article("a", "One two three."),
        (TaggedSentence("One two", 0, 7, (), scores),),
        (Furniture(4, 14, "caption"),),
        "v",
    )
    (row,) = rows(written([article], labels))
    assert [part[0] for part in row["parts"]] == ["One two", " three."]


def test_data_cannot_leave_its_element(make_article, labels):
    article = make_article(
        ATTACK, [(ATTACK, {"airstrike": 0.9})], title=ATTACK, source=ATTACK, furniture=((ATTACK, ATTACK),)
    )
    page = written([article], labels)
    harmless = written([], labels)
    assert page.count("<script") == harmless.count("<script") + 1
    assert "attacked()>" not in page
    assert rows(page)[0]["title"] == ATTACK


def test_label_names_cannot_leave_their_place(make_article):
    scores = {ATTACK: 0.9}
    article = TaggedArticle(Article("a", "Hm."), (TaggedSentence("Hm.", 0, 3, (ATTACK,), scores),), (), "v")
    page = written([article], [ATTACK], thresholds={ATTACK: 0.5})
    assert "<img" not in page
    assert "<img" not in to_html(article.sentences)


def test_the_policy_names_exactly_the_script_and_style_of_the_page(labels):
    import base64
    import hashlib

    page = written([], labels)
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1])
    for element, directive in (("style", "style-src"), ("script", "script-src")):
        text = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)[-1]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_nothing_on_the_page_points_to_a_network(make_article, labels):
    page = written([make_article("a", [("Jets struck.", {"airstrike": 0.9})])], labels)
    assert not re.search(r"https?:|//[a-z]+\.|@import|url\(", page)


def test_half_a_surrogate_pair_is_written_as_a_question_mark(make_article, labels):
    (row,) = rows(written([make_article("a", [("Bad \ud800 text.", {"advance": 0.9})])], labels))
    assert row["parts"][0][0] == "Bad ? text."


@pytest.mark.integration
def test_memory_stays_flat_over_many_articles(make_article, labels):
    sentences = [(f"Sentence {number} of the army's advance.", {"advance": 0.9}) for number in range(30)]

    class Nowhere(io.RawIOBase):
        def write(self, data):
            return len(data)

    def peak(count: int) -> int:
        tracemalloc.start()
        write_page((make_article(str(n), sentences) for n in range(count)), Nowhere(), labels)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1)  # imports and compiles the templates
    assert peak(400) < peak(20) + 200_000


def test_a_failed_page_leaves_the_earlier_one(make_article, labels, tmp_path: Path):
    path = tmp_path / "page.html"
    write_page([make_article("a", [("One.", {})])], path, labels)
    before = path.read_bytes()

    def broken():
        yield make_article("b", [("Two.", {})])
        raise RuntimeError("the tagger died")

    with pytest.raises(RuntimeError):
        write_page(broken(), path, labels)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_writer_leaves_its_stream_open(make_article, labels):
    stream = io.BytesIO()
    writer = HtmlWriter(stream, labels, all_sentences=True)
    writer.write(make_article("a", [("One.", {})]))
    writer.close()
    assert stream.getvalue().rstrip().endswith(b"</html>")


def test_a_fragment_shows_sentences_with_labels_in_words(make_article):
    article = make_article("a", [("Jets <b>struck</b>.", {"airstrike": 0.912}), ("It rained.", {})])
    fragment = to_html(article.sentences)
    assert "airstrike 0.91" in fragment
    assert "Jets &lt;b&gt;struck&lt;/b&gt;." in fragment
    assert "It rained." in fragment
    assert "<script" not in fragment


def test_a_fragment_of_nothing_says_so():
    assert "No sentences" in to_html([])
