"""The labelling page in a browser, used by hotkeys as an annotator uses it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conflict_events.annotations.connection import Connection
from conflict_events.annotations.export import read_export
from conflict_events.annotations.gather import gather_tasks
from conflict_events.annotations.label_config import read_label_config
from conflict_events.annotations.project import find_or_make_project
from conflict_events.annotations.pull import pull_tasks
from conflict_events.annotations.push import push_tasks
from conflict_events.annotations.server import Server
from conflict_events.annotations.tasks import write_tasks

pytestmark = pytest.mark.integration

ARTICLE = (
    '{"id": "valley", "title": "Army enters the valley after a week of strikes", "source": "Example Wire", '
    '"date": "2021-05-04", "text": "Warplanes struck the road on Tuesday, killing at least nine people, and '
    'the army entered the northern valley behind them. Rain is expected on Friday."}'
)
SECONDS = 120
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --window-size=1300,900"
)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    selenium = pytest.importorskip("selenium.webdriver")
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("needs chromium and chromium-driver")
    options = selenium.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS.split(), f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    chrome = selenium.Chrome(options=options, service=selenium.ChromeService(driver))
    yield chrome
    chrome.quit()


def test_a_sentence_is_labelled_by_hotkeys_and_found_in_the_export(
    browser: Any, label_studio: Server, connection: Connection, title: str, tmp_path: Path
) -> None:
    from selenium.webdriver import ActionChains, Keys
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    wait = WebDriverWait(browser, SECONDS)

    def body() -> str:
        text: str = browser.find_element(By.TAG_NAME, "body").text
        return text

    def ticked() -> list[str]:
        boxes = browser.find_elements(By.CSS_SELECTOR, "input[type=checkbox]:checked")
        return [box.get_attribute("name") for box in boxes]

    def submit() -> None:
        ActionChains(browser).key_down(Keys.CONTROL).send_keys(Keys.ENTER).key_up(Keys.CONTROL).perform()

    def sentence() -> str:
        shown = browser.find_elements(By.CSS_SELECTOR, ".sentence")
        return shown[0].text if shown else ""

    (tmp_path / "article.jsonl").write_text(ARTICLE, encoding="utf-8")
    config = read_label_config()
    project = find_or_make_project(connection, title, config, annotators=1)
    push_tasks(connection, project, gather_tasks([str(tmp_path / "article.jsonl")]))

    browser.get(f"{label_studio.url}/user/login/")
    browser.find_element(By.NAME, "email").send_keys(label_studio.email)
    browser.find_element(By.NAME, "password").send_keys(label_studio.password, Keys.ENTER)
    wait.until(lambda _: "/login" not in browser.current_url)
    browser.get(f"{label_studio.url}/projects/{project.id}/data?labeling=1")
    wait.until(lambda _: "Warplanes struck" in sentence())
    page = body()
    for shown in (
        "Army enters the valley",
        "Example Wire, 2021-05-04",
        "Rain is expected",
        *config.hints.values(),
    ):
        assert shown in page
    assert "sentence_id" not in page  # nothing of the task's inner workings

    for number, key in enumerate("asc", 1):
        ActionChains(browser).send_keys(key).perform()
        wait.until(lambda _, wanted=number: len(ticked()) == wanted)
    assert ticked() == ["advance", "airstrike", "casualty_report"]
    picture = tmp_path / "labelling.png"
    assert browser.save_screenshot(str(picture))
    submit()
    wait.until(lambda _: "Rain is expected" in sentence())
    wait.until(lambda _: ticked() == [])
    submit()  # none of them
    wait.until(lambda _: "Rain is expected" not in sentence())

    export = tmp_path / "export.json"

    def said() -> list[list[list[str]]]:
        write_tasks(export, pull_tasks(connection, project))
        return [
            [sorted(one.labels) for one in sentence.judgements] for sentence in read_export(export, config)
        ]

    wait.until(lambda _: all(said()))  # the page moves on before the server has stored what it sent
    assert said() == [[["advance", "airstrike", "casualty_report"]], [[]]]
    if folder := os.environ.get("CONFLICT_EVENTS_SCREENSHOTS"):
        shutil.copy(picture, Path(folder) / "labelling.png")
