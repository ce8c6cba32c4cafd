"""What goes wrong between here and a Label Studio server, and what a user is told."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from conflict_events.annotations.connection import Connection, connect
from conflict_events.annotations.label_config import read_label_config
from conflict_events.annotations.project import find_or_make_project, find_project
from conflict_events.annotations.push import push_tasks
from conflict_events.annotations.server import Server, free_port, running
from conflict_events.annotations.tasks import Task
from conflict_events.errors import AnnotationError

pytestmark = pytest.mark.integration
Run = Callable[..., tuple[int, str, str]]


def some_tasks(count: int) -> list[Task]:
    more = dict.fromkeys(("title", "source", "date", "origin", "before", "after"), "") | {"article_id": "a"}
    return [{"data": {"sentence_id": f"a:{n}", "sentence": f"Sentence {n}."} | more} for n in range(count)]


def ids(tasks: list[dict[str, dict[str, str]]]) -> Counter[str]:
    return Counter(task["data"]["sentence_id"] for task in tasks)


@contextmanager
def bad_line(url: str, mishaps: list[str], delay: float = 0.0) -> Iterator[str]:
    """A proxy before `url`; each import meets the next mishap, until there are none left.

    "drop": the request never arrives. "lose": it arrives, the answer does not. "stall": it arrives `delay`
    seconds late, after the client has given up. "busy": the proxy answers 503 for the server.
    """

    class Line(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._pass_on()

        do_POST = do_PATCH = do_DELETE = do_GET

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            mishap = mishaps.pop(0) if mishaps and self.path.partition("?")[0].endswith("/import") else ""
            self.close_connection = True
            if mishap == "drop":
                return
            if mishap == "busy":
                self.send_error(503)
                return
            if mishap == "stall":
                time.sleep(delay)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            answer = httpx.request(self.command, url + self.path, content=body, headers=headers, timeout=60)
            if mishap == "lose":
                return
            try:
                self.send_response(answer.status_code)
                self.send_header("Content-Type", answer.headers.get("Content-Type", "text/plain"))
                self.send_header("Content-Length", str(len(answer.content)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(answer.content)
            except ConnectionError:
                return  # the client has given up

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Line) as proxy:
        thread = threading.Thread(target=proxy.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{proxy.server_port}"
        proxy.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "mishaps", [["drop"], ["lose"], ["busy", "drop"], ["lose", "drop", "lose"]], ids="-".join
)
def test_a_line_that_breaks_costs_no_task_and_doubles_none(
    mishaps: list[str], label_studio: Server, annotator: Any, title: str
) -> None:
    with bad_line(label_studio.url, mishaps) as url:
        connection = Connection(url, label_studio.token)
        project = find_or_make_project(connection, title, read_label_config(), annotators=1)
        result = push_tasks(connection, project, some_tasks(450))
        assert (result.added, result.present) == (450, 0)
        assert mishaps == []
    assert ids(annotator.tasks(title)) == {f"a:{n}": 1 for n in range(450)}


def test_an_import_that_was_only_slow_leaves_no_twins(
    label_studio: Server, annotator: Any, title: str
) -> None:
    with bad_line(label_studio.url, ["stall"], delay=6.0) as url:
        connection = Connection(url, label_studio.token, timeout=4.0)
        project = find_or_make_project(connection, title, read_label_config(), annotators=1)
        push_tasks(connection, project, some_tasks(30))
    assert ids(annotator.tasks(title)) == {f"a:{n}": 1 for n in range(30)}


def test_twins_that_somebody_annotated_are_kept(connection: Connection, annotator: Any, title: str) -> None:
    project = find_or_make_project(connection, title, read_label_config(), annotators=1)
    for _ in range(2):
        connection.once(lambda client: client.projects.import_tasks(project.id, request=some_tasks(3)))
    tasks = annotator.tasks(title)
    annotator.annotate(tasks[4], "advance")  # the later twin of a:1
    assert push_tasks(connection, project, some_tasks(3)).present == 3
    left = annotator.tasks(title)
    assert ids(left) == {"a:0": 1, "a:1": 1, "a:2": 1}
    assert tasks[4]["id"] in {task["id"] for task in left}


def test_a_server_that_restarts_during_a_push_gets_every_task_once(
    own_server: Callable[[int], AbstractContextManager[Server]],
    annotator_at: Callable[[Server], Any],
    title: str,
) -> None:
    port, restarted = free_port(), threading.Event()
    with ExitStack() as servers:
        first = servers.enter_context(own_server(port))
        connection = Connection(first.url, first.token)
        project = find_or_make_project(connection, title, read_label_config(), annotators=1)
        restart = threading.Thread(target=lambda: (servers.enter_context(own_server(port)), restarted.set()))

        def progress(done: int) -> None:
            if done and first.process.poll() is None:
                first.process.kill()
                first.process.wait()
                restart.start()

        result = push_tasks(connection, project, some_tasks(700), progress)
        restart.join()
        assert restarted.is_set()
        assert result.added == 700
        assert ids(annotator_at(first).tasks(title)) == {f"a:{n}": 1 for n in range(700)}


def test_the_server_s_secrets_are_for_their_owner_alone(
    label_studio: Server, label_studio_home: Path, tmp_path: Path
) -> None:
    data = label_studio.settings.parent
    for path in (label_studio.settings, label_studio.password_file, data / "token"):
        assert path.stat().st_mode & 0o777 == 0o600
    said = [label_studio.log.read_bytes()]
    arguments = Path(f"/proc/{label_studio.process.pid}/cmdline")
    if arguments.exists():
        said.append(arguments.read_bytes())
    for text in said:
        assert label_studio.token.encode() not in text
        assert label_studio.password.encode() not in text


def test_a_port_that_is_taken_is_an_error_not_another_port(
    label_studio: Server, label_studio_home: Path, tmp_path: Path
) -> None:
    port = int(label_studio.url.rpartition(":")[2])
    with (
        pytest.raises(AnnotationError, match=f"listens on port {port} already"),
        running(label_studio_home, tmp_path, port),
    ):
        pass


def test_a_wrong_token_a_missing_one_and_a_server_that_is_down_are_told_apart(
    label_studio: Server, conflict_events: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pull = ("annotate", "pull", tmp_path / "x.json")
    monkeypatch.setenv("LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.delenv("LABEL_STUDIO_API_KEY", raising=False)
    code, _, error = conflict_events(*pull)
    assert (code, "LABEL_STUDIO_API_KEY is not set" in error) == (2, True)

    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "0123456789wrong")
    code, _, error = conflict_events(*pull)
    assert (code, "refuses the token in LABEL_STUDIO_API_KEY" in error) == (2, True)
    assert "0123456789wrong" not in error

    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.token)
    monkeypatch.setenv("LABEL_STUDIO_URL", f"http://127.0.0.1:{free_port()}")
    started = time.monotonic()
    code, _, error = conflict_events(*pull)
    assert (code, "does not answer" in error) == (2, True)
    assert time.monotonic() - started < 20
    assert len(error.splitlines()) == 1

    monkeypatch.setenv("LABEL_STUDIO_URL", "localhost:8080")
    code, _, error = conflict_events(*pull)
    assert (code, "must look like http://" in error) == (2, True)
    assert not (tmp_path / "x.json").exists()


def test_a_server_that_is_no_label_studio_is_found_out() -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(AnnotationError, match="is LABEL_STUDIO_URL right"):
            connect({"LABEL_STUDIO_URL": url, "LABEL_STUDIO_API_KEY": "x"})
        server.shutdown()


@pytest.mark.usefixtures("environment")
def test_projects_that_do_not_fit_are_named_with_the_remedy(
    conflict_events: Run, connection: Connection, annotator: Any, title: str, tmp_path: Path
) -> None:
    code, _, error = conflict_events("annotate", "pull", tmp_path / "x.json", "--project", title)
    assert (code, f"has no project '{title}'" in error) == (2, True)

    config = read_label_config()
    project = find_or_make_project(connection, title, config, annotators=1)
    push_tasks(connection, project, some_tasks(2))
    annotator.annotate(annotator.tasks(title)[0], "diplomatic_statement")
    smaller = config.xml.replace("diplomatic_statement", "statement")
    answer = annotator.owner.patch(f"/api/projects/{project.id}/", json={"label_config": smaller})
    if answer.is_success:  # Label Studio may refuse to drop a label that is in use
        code, _, error = conflict_events("annotate", "push", "seeds", "--project", title)
        assert (code, "lacks the labels diplomatic_statement; set it to" in error) == (2, True)
    # Somebody's config has the label no more, but annotations still carry it.
    other = tmp_path / "other.xml"
    other.write_text(smaller)
    export = tmp_path / "export.json"
    export.write_text(
        json.dumps(
            [
                {
                    "data": {"sentence_id": "a:0", "sentence": "x"},
                    "annotations": [
                        {
                            "completed_by": 1,
                            "result": [
                                {
                                    "from_name": "events",
                                    "type": "choices",
                                    "value": {"choices": ["diplomatic_statement"]},
                                }
                            ],
                        }
                    ],
                }
            ]
        )
    )
    code, _, error = conflict_events("annotate", "agree", export, "--config", other)
    assert (code, "the label 'diplomatic_statement' is not among those of" in error) == (2, True)


def test_a_push_of_what_cannot_be_read_makes_no_project(
    connection: Connection, environment: None, conflict_events: Run, title: str, tmp_path: Path
) -> None:
    (tmp_path / "empty.txt").write_text("")
    code, _, error = conflict_events("annotate", "push", tmp_path / "empty.txt", "--project", title)
    assert (code, "empty.txt" in error) == (2, True)
    assert find_project(connection, title, read_label_config()) is None


def test_two_projects_of_one_title_must_be_told_apart_by_number(connection: Connection, title: str) -> None:
    config = read_label_config()
    numbers = [
        connection.once(lambda client: client.projects.create(title=title, label_config=config.xml).id)
        for _ in range(2)
    ]
    with pytest.raises(AnnotationError, match="several projects are called"):
        find_project(connection, title, config)
    found = find_project(connection, str(numbers[1]), config)
    assert found is not None
    assert found.id == numbers[1]


def test_an_article_that_changed_is_not_pushed_over_the_old_one(connection: Connection, title: str) -> None:
    project = find_or_make_project(connection, title, read_label_config(), annotators=1)
    push_tasks(connection, project, some_tasks(2))
    changed = some_tasks(2)
    changed[1]["data"]["sentence"] = "Another sentence."
    with pytest.raises(AnnotationError, match="holds another text under the sentence id 'a:1'"):
        push_tasks(connection, project, changed)
