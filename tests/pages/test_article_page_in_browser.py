"""What a reader of the page sees and does, in a real Chromium; each test also asserts an empty console."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from conflict_events.pages import write_page

from .browsing import press, texts, titles, until, until_shown

pytestmark = pytest.mark.integration

ATTACK = (
    "</script><script>attacked=1</script><!--<script> <img src=x onerror=attacked=1> <svg/onload=attacked=1> "
    "<a href='javascript:attacked=1'>go</a> {{ constructor.constructor('attacked=1')() }} ${attacked=1} "
    "'\"><iframe srcdoc='<script>parent.attacked=1</script>'> \u202e desrever \u2028 \u0000 %s"
)


def test_the_first_article_is_shown_with_its_hits_and_furniture(page):
    assert texts(page, "#article h2") == ["Army enters Raqqa"]
    assert texts(page, ".hit .badge") == ["Ad", "Ai", "Ca"]
    assert len(texts(page, ".hit .underline")) == 3
    assert texts(page, ".furniture")[0] == "photo credit: Image credit: agency."
    assert texts(page, "details.furniture summary") == ["data or code (900 characters)"]
    assert texts(page, "#summary") == ["3 articles, 3 sentences with events"]


def test_a_screen_reader_hears_the_labels(page):
    assert texts(page, ".hit .heard")[1].strip() == "[airstrike 0.91, casualty report 0.62]"


def test_scores_show_on_focus_and_leave_on_escape(page):
    press(page, "j")
    assert texts(page, "#scores:not([hidden]) .number") == ["0.97", "0.01", "0.01", "0.01"]
    assert page.execute_script("return document.activeElement.getAttribute('aria-describedby')") == "scores"
    press(page, "\ue00c")
    assert not texts(page, "#scores:not([hidden])")


def test_scores_stay_with_an_event_that_had_to_be_scrolled_to(make_article, labels, tmp_path, open_page):
    filler = [("It rained again, as it had all week, and nothing else was reported.", {})] * 60
    write_page(
        [make_article("long", [*filler, ("Jets struck.", {"airstrike": 0.9})])], tmp_path / "p.html", labels
    )
    page = open_page(tmp_path / "p.html")
    press(page, "j")
    page.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    assert texts(page, "#scores:not([hidden]) .number")[1] == "0.90"
    assert page.execute_script("return document.getElementById('article').scrollTop") > 0
    assert page.execute_script("return [scrollY, document.documentElement.scrollHeight - innerHeight]") == [
        0,
        0,
    ]


def test_scores_show_on_hover_of_a_sentence_without_a_label_too(page):
    from selenium.webdriver import ActionChains

    sentence = page.find_element("css selector", ".sentence")
    ActionChains(page).move_to_element(sentence).perform()
    assert texts(page, "#scores:not([hidden]) .number")[0] == "0.30"


def test_j_and_k_step_from_event_to_event_across_articles(page):
    seen = []
    for key in "jjjk":
        press(page, key)
        seen.append(page.execute_script("return document.activeElement.textContent"))
    assert ["army" in seen[0], "Jets" in seen[1], "envoy" in seen[2], "Jets" in seen[3]] == [True] * 4
    assert texts(page, "#position") == ["2 of 2 events"]


def test_n_and_p_step_from_article_to_article_and_the_address_follows(page):
    press(page, "n")
    assert texts(page, "#article h2") == ["Weather"]
    assert page.current_url.endswith("#2")
    press(page, "p")
    assert texts(page, "#article h2") == ["Army enters Raqqa"]


def test_an_address_opens_its_article_and_back_returns(page):
    page.get(page.current_url.split("#")[0] + "#3")
    page.refresh()
    until_shown(page, "Envoy speaks")
    page.find_element("css selector", "#list a").click()
    until_shown(page, "Army enters Raqqa")
    page.back()
    until_shown(page, "Envoy speaks")


def test_digits_hide_and_show_labels(page):
    press(page, "2")
    assert texts(page, ".hit .badge") == ["Ad", "Ca"]
    assert page.execute_script("return document.querySelector('[data-label=\"1\"]').ariaPressed") == "false"
    press(page, "3")
    assert texts(page, ".hit .badge") == ["Ad"]
    press(page, "0")
    assert texts(page, ".hit .badge") == ["Ad", "Ai", "Ca"]


def test_least_score_narrows_hits_and_counts(page):
    page.execute_script(
        "const s = document.getElementById('least'); s.value = 0.9; s.dispatchEvent(new Event('input'))"
    )
    until(page, "document.querySelectorAll('.hit .badge').length === 2")
    assert texts(page, ".hit .badge") == ["Ad", "Ai"]
    assert texts(page, "button.label .count") == ["1", "1", "0", "0"]


def test_search_finds_words_of_texts_whatever_their_accents(page):
    press(page, "/")
    press(page, "homs TRUCE")
    until(page, "document.querySelectorAll('#list li').length === 1")
    assert titles(page) == ["Envoy speaks"]
    assert texts(page, "#found") == ["1 article of 3"]
    assert page.execute_script("return CSS.highlights.get('found').size") == 1  # "truce"


def test_a_search_without_result_says_so(page):
    press(page, "/")
    press(page, "zebra")
    until(page, "document.querySelectorAll('#list li').length === 0")
    assert texts(page, "#found") == ["0 articles of 3"]


def test_letters_typed_into_the_search_are_no_commands(page):
    press(page, "/")
    press(page, "jn2?")
    assert texts(page, ".hit .badge") == ["Ad", "Ai", "Ca"]
    assert not page.execute_script("return document.getElementById('help').open")


def test_order_and_events_only(page):
    page.find_element("css selector", "#order option[value=date]").click()
    assert titles(page) == ["Weather", "Envoy speaks", "Army enters Raqqa"]
    page.find_element("css selector", "#order option[value=hits]").click()
    assert titles(page)[0] == "Army enters Raqqa"
    page.find_element("id", "only-hits").click()
    assert titles(page) == ["Army enters Raqqa", "Envoy speaks"]


def test_help_opens_names_thresholds_and_can_switch_keys_off(page):
    press(page, "?")
    assert page.execute_script("return document.getElementById('help').open")
    assert "given from a score of 0.50" in texts(page, "#help")[0]
    assert "0123456789ab" in texts(page, "#help")[0]
    page.find_element("id", "keys").click()
    press(page, "\ue00c")
    until(page, "!document.getElementById('help').open")
    press(page, "2")
    assert texts(page, ".hit .badge") == ["Ad", "Ai", "Ca"]


def test_an_attack_stays_text(make_article, labels, tmp_path: Path, open_page):
    attack = make_article(
        ATTACK,
        [(ATTACK, {"airstrike": 0.9, "advance": 0.8}), (ATTACK, {})],
        title=ATTACK,
        source=ATTACK,
        date=ATTACK,
        furniture=((ATTACK, ATTACK),),
    )
    write_page([attack, make_article("calm", [("It rained.", {})])], tmp_path / "page.html", labels)
    page = open_page(tmp_path / "page.html")
    press(page, "j")
    time.sleep(0.2)
    assert page.execute_script("return typeof attacked") == "undefined"
    assert "<script>attacked=1</script>" in texts(page, "#article h2")[0]
    assert "javascript:attacked=1" in texts(page, ".hit")[0]
    elements = "return document.querySelectorAll('iframe, img, svg, #article a, #article script').length"
    assert page.execute_script(elements) == 0
    assert len(titles(page)) == 2


def test_five_thousand_articles_open_and_answer_quickly(make_article, labels, tmp_path: Path, open_page):
    filler = "Residents said that shops stayed shut and that the road to the coast was open to traffic. " * 2
    sentences = [
        (f"{filler}{n}", {"advance": 0.9} if n % 5 == 0 else {"airstrike": 0.7} if n % 7 == 0 else {})
        for n in range(20)
    ]
    articles = (make_article(f"id-{n}", sentences, title=f"Article {n}", source="X") for n in range(5000))
    write_page(articles, tmp_path / "page.html", labels)
    started = time.perf_counter()
    page = open_page(tmp_path / "page.html")
    assert texts(page, "#found") == ["5,000 articles"]
    assert time.perf_counter() - started < 30  # about 1 s on an idle machine
    assert len(titles(page)) == 50
    took = page.execute_script(
        "const t = performance.now(); document.querySelector('[data-label=\"0\"]').click();"
        "document.getElementById('later').click(); return performance.now() - t"
    )
    assert took < 2000  # about 0.1 s on an idle machine
    assert titles(page)[0] == "Article 50"
    press(page, "/")
    press(page, "article 4321")
    until(page, "document.querySelectorAll('#list li').length === 1")
    assert titles(page) == ["Article 4321"]


def test_the_list_follows_the_article_that_is_shown(make_article, labels, tmp_path, open_page):
    many = [make_article(f"a{number}", [("It rained.", {})], title=f"Title {number}") for number in range(60)]
    write_page(many, tmp_path / "many.html", labels, thresholds=dict.fromkeys(labels, 0.5))
    page = open_page(tmp_path / "many.html")
    inside = """
        const list = document.getElementById("list");
        const around = list.getBoundingClientRect();
        const own = document.querySelector("#list [aria-current]").getBoundingClientRect();
        // Scrolling is by whole pixels.
        return [own.top > around.top - 1, own.bottom < around.bottom + 1, list.scrollTop > 0];
    """
    for _ in range(40):
        press(page, "n")
    assert page.execute_script(inside) == [True, True, True]
    for _ in range(40):
        press(page, "p")
    assert page.execute_script(inside) == [True, True, False]
