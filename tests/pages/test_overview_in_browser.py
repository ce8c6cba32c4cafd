"""The overview in a real Chromium; each test also asserts an empty console."""

from __future__ import annotations

import pytest

from conflict_events.overview import EventArticle, overview_of, write_overview
from conflict_events.overview.events import parse_date

pytestmark = pytest.mark.integration

ATTACK = "</script><script>attacked=1</script><img src=x onerror=attacked=1> {{ 7*7 }} \u202e desrever"


@pytest.fixture(scope="module")
def report(make_article, tmp_path_factory):
    def article(id: str, source: str, killed: str) -> EventArticle:
        tagged = make_article(
            id,
            [
                (
                    f"Jets struck Tabqa near Raqqa, killing {killed}.",
                    {"airstrike": 0.9, "casualty_report": 0.8},
                )
            ],
            title=f"Strike on Tabqa {ATTACK}",
            source=source,
            date="2016-06-04",
        )
        known = tagged.article
        return EventArticle(id, known.title, known.source, parse_date(known.date), tagged.sentences)

    articles = [article("a", "SANA", "26 fighters"), article("b", f"Al Jazeera {ATTACK}", "nine people")]
    return write_overview(overview_of(articles), tmp_path_factory.mktemp("report"))


def test_plots_and_stories_are_seen_and_an_attack_stays_text(report, open_page):
    page = open_page(report)
    loaded = (
        "return [...document.images].filter((image) => image.checkVisibility() && image.naturalWidth).length"
    )
    assert page.execute_script(loaded) == 4
    said = page.execute_script(
        "return [...document.querySelectorAll('.story summary')].map((e) => e.innerText)"
    )
    assert said == ["26 fighters", "nine people"]
    page.find_element("css selector", ".story summary").click()
    assert page.find_element("css selector", ".story blockquote").is_displayed()
    assert page.execute_script("return typeof attacked") == "undefined"
    assert page.execute_script("return document.querySelectorAll('img[src=x], main script').length") == 0


def test_dark_shows_the_dark_plots(report, open_page):
    page = open_page(report)
    shown = "return [...document.images].filter((e) => e.checkVisibility()).map((e) => e.className)"
    assert set(page.execute_script(shown)) == {"on-light"}
    page.find_element("id", "theme").click()
    assert set(page.execute_script(shown)) == {"on-dark"}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert set(page.execute_script(shown)) == {"on-light"}


def test_a_phone_never_scrolls_the_page_sideways(report, open_page):
    page = open_page(report)
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    page.refresh()
    assert page.execute_script("return document.documentElement.scrollWidth") == 390
