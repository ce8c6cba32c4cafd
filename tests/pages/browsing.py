"""What tests do with a page in a browser: type, wait, read."""

from __future__ import annotations


def texts(page, selector: str) -> list[str]:
    return page.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText)", selector
    )


def press(page, *keys: str) -> None:
    """Type into whatever has the focus."""
    from selenium.webdriver import ActionChains

    ActionChains(page).send_keys(*keys).perform()


def titles(page) -> list[str]:
    return texts(page, "#list .title")


def until(page, script: str) -> None:
    """Wait for what follows after a pause in typing, or when the browser comes to it."""
    from selenium.webdriver.support.wait import WebDriverWait

    WebDriverWait(page, 5).until(lambda _: page.execute_script(f"return {script}"))


def until_shown(page, title: str) -> None:
    until(page, f"document.querySelector('#article h2').textContent === '{title}'")
