"""Tagged articles made by hand, and a real browser to look at pages with."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conflict_events.articles import Article, Furniture, TaggedArticle, TaggedSentence
from conflict_events.pages import write_page

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")

# (sentence, {label: score}); labels from a score of 0.5.
Scored = tuple[str, dict[str, float]]
MakeArticle = Callable[..., TaggedArticle]


@pytest.fixture(scope="session")
def labels() -> tuple[str, ...]:
    return LABELS


@pytest.fixture(scope="session")
def make_article() -> MakeArticle:
    """Makes a tagged article of scored sentences, a blank line between them, and furniture at the end."""

    def make(
        id: str,
        sentences: list[Scored],
        *,
        title: str = "",
        source: str = "",
        date: str = "",
        furniture: tuple[tuple[str, str], ...] = (),
    ) -> TaggedArticle:
        text = ""
        tagged = []
        for sentence, given in sentences:
            begin = len(text)
            text += sentence
            scores = {label: given.get(label, 0.01) for label in LABELS}
            chosen = tuple(label for label in LABELS if scores[label] >= 0.5)
            tagged.append(TaggedSentence(sentence, begin, len(text), chosen, scores))
            text += "\n\n"
        pieces = []
        for piece, reason in furniture:
            pieces.append(Furniture(len(text), len(text) + len(piece), reason))
            text += piece + "\n"
        article = Article(id, text, title, source, date)
        return TaggedArticle(article, tuple(tagged), tuple(pieces), "0123456789ab")

    return make


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A headless Chromium with a fresh profile; skips where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver")
    service = pytest.importorskip("selenium.webdriver.chrome.service")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("no chromium and chromedriver on this machine (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with webdriver.Chrome(options=options, service=service.Service(driver)) as chrome:
        yield chrome


@pytest.fixture
def open_page(browser: Chrome) -> Iterator[Callable[[Path], Chrome]]:
    """Opens a page by its path; afterwards it asserts that the console stayed empty."""

    def open_path(path: Path) -> Chrome:
        browser.get(path.as_uri())
        return browser

    browser.get("about:blank")
    browser.get_log("browser")
    yield open_path
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    assert browser.get_log("browser") == []


@pytest.fixture
def articles(make_article):
    return [
        make_article(
            "raqqa",
            [
                ("The army entered Raqqa province on Saturday.", {"advance": 0.97}),
                ("It is the first time since 2014.", {"advance": 0.3}),
                ("Jets struck Tabqa, killing 26 fighters.", {"airstrike": 0.91, "casualty_report": 0.62}),
            ],
            title="Army enters Raqqa",
            source="Al Jazeera",
            date="2016-06-04",
            furniture=(("Image credit: agency.", "photo credit"), ("x" * 900, "data or code")),
        ),
        make_article("weather", [("It rained.", {})], title="Weather", date="2016-01-01"),
        make_article(
            "talks",
            [("The envoy called for a truce in Ḥomṣ.", {"diplomatic_statement": 0.88})],
            title="Envoy speaks",
            source="SANA",
            date="2016-05-01",
        ),
    ]


@pytest.fixture
def page(articles, labels, tmp_path, open_page):
    write_page(articles, tmp_path / "page.html", labels, thresholds=dict.fromkeys(labels, 0.5))
    return open_page(tmp_path / "page.html")
