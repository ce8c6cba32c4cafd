"""The page without a mouse, without sight, in the dark, on a phone and on paper, in a real Chromium."""

from __future__ import annotations

import base64

import pytest

from .browsing import press, texts, until_shown

pytestmark = pytest.mark.integration

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}


def test_everything_to_press_has_a_name(page):
    from selenium.webdriver.common.by import By

    controls = page.find_elements(
        By.CSS_SELECTOR, "button, input, select, a, summary, [role=group], nav, dialog"
    )
    nameless = [
        c.get_attribute("outerHTML")[:90] for c in controls if c.is_displayed() and not c.accessible_name
    ]
    assert not nameless


def test_tab_reaches_skip_link_controls_list_and_hits_in_order(page):
    order = []
    for _ in range(30):
        press(page, "\ue004")
        order.append(
            page.execute_script("const e = document.activeElement; return e.id || e.className || e.tagName")
        )
    places = [order.index(name) for name in ("skip", "theme", "least", "search", "hit", "next-hit")]
    assert places == sorted(places)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(page, scheme):
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},  # or colours are still on their way
    ]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    # Colours are those that a canvas gets from all backgrounds and the text, one upon another.
    worst = page.execute_script(
        """
        const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
        const mixed = (colours) => {
          canvas.clearRect(0, 0, 1, 1);
          for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
          return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((v) => v / 255)
            .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        };
        const light = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
        const layers = (element) =>
          element ? [...layers(element.parentElement), getComputedStyle(element).backgroundColor] : [];
        let worst = [99, ""];
        for (const element of document.querySelectorAll("body *")) {
          const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
          if (!text || !element.checkVisibility() || element.closest(":disabled, .heard, .skip")) continue;
          const back = light(mixed(layers(element)));
          const ink = light(mixed([...layers(element), getComputedStyle(element).color]));
          const contrast = (Math.max(back, ink) + 0.05) / (Math.min(back, ink) + 0.05);
          if (contrast < worst[0]) worst = [contrast, element.outerHTML.slice(0, 80)];
        }
        return worst;
        """
    )
    assert worst[0] >= 4.5, worst


def test_dark_follows_the_system_and_the_button(page):
    paper = "return getComputedStyle(document.body).backgroundColor"
    light = page.execute_script(paper)
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    )
    dark = page.execute_script(paper)
    assert dark != light
    page.find_element("id", "theme").click()
    assert page.execute_script(paper) == light


def test_a_phone_shows_article_or_list_and_never_scrolls_sideways(page):
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    page.refresh()
    assert page.execute_script("return document.documentElement.scrollWidth") == 390
    assert not page.find_element("id", "articles").is_displayed()
    page.find_element("id", "show-list").click()
    assert page.find_element("id", "articles").is_displayed()
    assert page.execute_script("return document.documentElement.scrollWidth") == 390
    page.find_elements("css selector", "#list a")[2].click()
    until_shown(page, "Envoy speaks")
    assert not page.find_element("id", "articles").is_displayed()


def test_print_holds_the_whole_article_and_no_controls(page):
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    for control in ("search", "theme", "next-hit", "least"):
        assert not page.find_element("id", control).is_displayed()
    assert texts(page, ".hit .badge")[1] == "Ai 0.91"
    assert (
        page.execute_script("return getComputedStyle(document.getElementById('article')).overflowY")
        == "visible"
    )
    pdf = page.execute_cdp_cmd("Page.printToPDF", {})["data"]
    assert base64.b64decode(pdf).startswith(b"%PDF")
