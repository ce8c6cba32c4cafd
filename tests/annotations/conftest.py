"""A real Label Studio server for the session, tiny models, and annotators that speak to the server's API."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from conflict_events.annotations.connection import Connection
from conflict_events.annotations.server import (
    HOME_VARIABLE,
    Server,
    free_port,
    install,
    is_installed,
    running,
)

ROOT = Path(__file__).resolve().parents[2]
_titles = itertools.count(1)


@pytest.fixture(scope="session")
def label_studio_home() -> Path:
    """Label Studio's environment: where the variable says, or in the checkout, made once (1 GB, minutes)."""
    home = Path(os.environ.get(HOME_VARIABLE) or ROOT / ".label-studio")
    if not is_installed(home):
        install(home)
    return home


@pytest.fixture(scope="session")
def label_studio(label_studio_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("label-studio")
    with running(label_studio_home, data, free_port(), local_backends=True) as server:
        yield server


@pytest.fixture
def own_server(label_studio_home: Path, tmp_path: Path) -> Callable[[int], AbstractContextManager[Server]]:
    """Starts a server on a port over data of the test's own, as often as it likes."""
    return lambda port: running(label_studio_home, tmp_path / "own-server", port)


@pytest.fixture
def connection(label_studio: Server) -> Connection:
    return Connection(label_studio.url, label_studio.token)


@pytest.fixture
def environment(label_studio: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that the commands read."""
    monkeypatch.setenv("LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.token)


@pytest.fixture
def title() -> str:
    """A project title of the test's own."""
    return f"Test project {next(_titles)}"


class Annotator:
    """Somebody who annotates through the server's API; all but the owner come by invitation."""

    def __init__(self, server: Server, name: str | None = None) -> None:
        self.owner = httpx.Client(
            base_url=server.url, headers={"Authorization": f"Token {server.token}"}, timeout=60
        )
        self.api = self.owner if name is None else self._invited(server, name)

    def _invited(self, server: Server, name: str) -> httpx.Client:
        browser = httpx.Client(base_url=server.url, follow_redirects=True, timeout=60)
        page = self.owner.get("/api/invite").json()["invite_url"].removeprefix(server.url)
        browser.get(page)
        form = {
            "email": f"{name}@localhost",
            "password": f"password of {name}",
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        }
        browser.post(page, data=form, headers={"Referer": server.url})
        token = browser.get("/api/current-user/token").raise_for_status().json()["token"]
        return httpx.Client(base_url=server.url, headers={"Authorization": f"Token {token}"}, timeout=60)

    def tasks(self, title: str) -> list[dict[str, Any]]:
        """The tasks of a project as Label Studio holds them, in the order in which they came."""
        projects = self.owner.get("/api/projects", params={"title": title}).json()["results"]
        [number] = [project["id"] for project in projects if project["title"] == title]
        listing = {"project": number, "page_size": 5000, "fields": "all"}
        tasks: list[dict[str, Any]] = self.owner.get("/api/tasks", params=listing).json()["tasks"]
        return sorted(tasks, key=lambda task: task["id"])

    def annotate(
        self, task: dict[str, Any], *labels: str, tag: str = "events", to: str = "sentence", **more: Any
    ) -> None:
        """Submit an annotation, as the labelling page does."""
        region = {"from_name": tag, "to_name": to, "type": "choices", "value": {"choices": labels}}
        body = {"result": [region] if labels else [], **more}
        self.api.post(f"/api/tasks/{task['id']}/annotations/", json=body).raise_for_status()


@pytest.fixture
def annotator_at() -> Callable[[Server], Annotator]:
    """Makes the owner of any server an annotator."""
    return Annotator


@pytest.fixture
def annotator(label_studio: Server) -> Annotator:
    return Annotator(label_studio)


@pytest.fixture(scope="session")
def second_annotator(label_studio: Server) -> Annotator:
    return Annotator(label_studio, "second")


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Trains a tiny model on a file of annotations for any labels; returns its folder."""

    def make(data: Path, labels: tuple[str, ...], *, base: Path) -> Path:
        from conflict_events.training.data import read_examples
        from conflict_events.training.run import train
        from conflict_events.training.settings import Settings

        settings = Settings(epochs=2, batch_size=8, validation_share=0.3, precision="fp32", max_length=64)
        output = tmp_path_factory.mktemp("run") / "run"
        return train(read_examples(data, labels), labels=labels, output=output, base=base, settings=settings)

    return make


@pytest.fixture
def conflict_events(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs `conflict-events` with arguments; returns exit code, standard output, standard error."""
    from conflict_events.scripts.cli import main

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, error = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 1), out, re.sub(r"\x1b\[[0-9;]*m", "", error)

    return run
