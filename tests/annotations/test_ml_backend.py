"""The machine learning backend, as Label Studio speaks to it."""

from __future__ import annotations

import base64
import http.client
import itertools
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from conflict_events.annotations.backend import BODY_LIMIT, Backend
from conflict_events.annotations.connection import Connection
from conflict_events.annotations.label_config import read_label_config
from conflict_events.annotations.project import find_or_make_project, register_backend
from conflict_events.annotations.push import push_tasks
from conflict_events.errors import AnnotationError

CONFIG = read_label_config()
Run = Callable[..., tuple[int, str, str]]


class KeywordTagger:
    """Stands in for a model: the score of a label is 0.9 where its first word is in the sentence."""

    labels = CONFIG.labels
    thresholds = dict.fromkeys(CONFIG.labels, 0.5)
    version = "0123456789ab"
    folder = SimpleNamespace(context_sentences=3)

    def __init__(self) -> None:
        self.contexts: list[str] = []

    def score(self, sentences: Sequence[str], context: Sequence[str] | None = None) -> np.ndarray:
        self.contexts += context or []
        return np.array(
            [[0.9 if label.split("_")[0] in text else 0.2 for label in self.labels] for text in sentences],
            dtype=np.float32,
        )


@contextmanager
def serving(tagger: Any, credentials: tuple[str, str] | None = None) -> Iterator[int]:
    with Backend(tagger, port=0, credentials=credentials) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def ask(
    port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    content = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    line.request(method, path, content, headers or {})
    answer = line.getresponse()
    status, text = answer.status, answer.read()
    line.close()
    return status, json.loads(text)


def request(*sentences: str) -> dict[str, Any]:
    tasks = [{"id": n, "data": {"sentence": text, "before": "Earlier."}} for n, text in enumerate(sentences)]
    return {"tasks": tasks, "label_config": CONFIG.xml, "params": {}}


def test_health_and_setup_name_one_version() -> None:
    with serving(KeywordTagger()) as port:
        for path in ("/", "/health"):
            status, answer = ask(port, "GET", path)
            assert (status, answer["status"], answer["model_class"]) == (200, "UP", "EventTagger")
        setup = {"project": "1.1", "schema": CONFIG.xml, "hostname": "", "access_token": "secret"}
        assert ask(port, "POST", "/setup", setup) == (200, {"model_version": KeywordTagger.version})


def test_predictions_come_one_a_task_in_order_and_none_is_an_empty_result() -> None:
    tagger = KeywordTagger()
    with serving(tagger) as port:
        status, answer = ask(port, "POST", "/predict", request("airstrike and advance", "rain", "advance"))
    assert status == 200
    choices = [one["result"][0]["value"]["choices"] if one["result"] else None for one in answer["results"]]
    assert choices == [["advance", "airstrike"], None, ["advance"]]
    assert {one["model_version"] for one in answer["results"]} == {KeywordTagger.version}
    assert all(0 <= one["score"] <= 1 for one in answer["results"])
    assert tagger.contexts == ["Earlier."] * 3


def test_the_webhook_is_open_and_changes_nothing() -> None:
    with serving(KeywordTagger(), ("user", "word")) as port:
        assert ask(port, "POST", "/webhook", {"action": "ANNOTATION_CREATED"})[0] == 200


def test_basic_auth_lets_in_who_knows_the_password() -> None:
    def header(credentials: str) -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}

    with serving(KeywordTagger(), ("user", "wörd")) as port:
        for wrong in ({}, header("user:word"), header("user"), {"Authorization": "Bearer x"}):
            assert ask(port, "GET", "/health", headers=wrong)[0] == 401
            assert ask(port, "POST", "/predict", request("advance"), headers=wrong)[0] == 401
        assert ask(port, "GET", "/health", headers=header("user:wörd"))[0] == 200


@pytest.mark.parametrize(
    ("path", "body", "status", "complaint"),
    [
        ("/predict", b"{", 400, "not JSON"),
        ("/predict", b"[" * 100_000, 400, "not JSON"),
        ("/predict", [1], 400, "must be a JSON object"),
        ("/predict", {"tasks": {}, "label_config": CONFIG.xml}, 400, "'tasks' must be a list"),
        ("/predict", {"tasks": [{"data": {"text": "x"}}], "label_config": CONFIG.xml}, 400, "task 1 has no"),
        ("/predict", {"tasks": []}, 400, "no labelling config"),
        ("/setup", {"schema": CONFIG.xml.replace('"airstrike"', '"flood"')}, 400, "advance, flood"),
        ("/setup", {"schema": "<View/>"}, 400, "exactly one Choices"),
        ("/train", {}, 404, "there is no /train"),
    ],
)
def test_bad_requests_are_answered_with_what_is_wrong(
    path: str, body: Any, status: int, complaint: str
) -> None:
    with serving(KeywordTagger()) as port:
        answered, answer = ask(port, "POST", path, body)
        assert (answered, complaint in answer["error"]) == (status, True)
        assert ask(port, "GET", "/health")[0] == 200


def test_a_body_over_the_limit_or_without_length_is_refused_unread() -> None:
    lengths = ((str(BODY_LIMIT + 1), 413), (None, 411), ("many", 411), ("\xb2", 411), ("9" * 5000, 411))
    with serving(KeywordTagger()) as port:
        for (length, status), path in itertools.product(lengths, ("/predict", "/webhook")):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            line.putrequest("POST", path)
            if length is not None:
                line.putheader("Content-Length", length)
            line.endheaders()
            assert line.getresponse().status == status
            line.close()


@pytest.mark.parametrize("variable", ["BASIC_AUTH_USER", "BASIC_AUTH_PASS"])
def test_half_a_password_is_not_taken_for_none(
    conflict_events: Run, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("BASIC_AUTH_USER", raising=False)
    monkeypatch.delenv("BASIC_AUTH_PASS", raising=False)
    monkeypatch.setenv(variable, "secret")
    code, _, error = conflict_events("annotate", "backend")
    assert code == 2
    assert "set both, or neither" in error
    assert "secret" not in error


def test_other_hosts_need_a_password_and_a_taken_port_is_an_error() -> None:
    with pytest.raises(AnnotationError, match="BASIC_AUTH_USER"):
        Backend(KeywordTagger(), host="0.0.0.0", port=0)
    with serving(KeywordTagger()) as port, pytest.raises(AnnotationError, match=f"cannot serve on .*:{port}"):
        Backend(KeywordTagger(), port=port)


@pytest.mark.integration
def test_label_studio_gets_its_suggestions_from_the_backend(
    connection: Connection, annotator: Any, title: str
) -> None:
    project = find_or_make_project(connection, title, CONFIG, annotators=1)
    more = dict.fromkeys(("article_id", "title", "source", "date", "origin", "before", "after"), "")
    sentences = ["an advance", "an airstrike in an advance", "rain"]
    push_tasks(
        connection,
        project,
        [{"data": {"sentence_id": f"a:{n}", "sentence": text} | more} for n, text in enumerate(sentences)],
    )
    credentials = ("label-studio", "a password")
    with serving(KeywordTagger(), credentials) as port:
        url = f"http://127.0.0.1:{port}"
        for _ in range(2):  # registering again makes no second one
            register_backend(connection, project, url, KeywordTagger.version, credentials)
        [backend] = connection.call(lambda client: client.ml.list(project=project.id))
        assert backend.title == KeywordTagger.version
        with pytest.raises(AnnotationError):
            register_backend(connection, project, f"{url}/", KeywordTagger.version, ("label-studio", "wrong"))
        tasks = annotator.tasks(title)
        action = {"id": "retrieve_tasks_predictions", "project": project.id}
        selected = {"selectedItems": {"all": True, "excluded": []}, "project": project.id}
        annotator.owner.post("/api/dm/actions", params=action, json=selected).raise_for_status()
        tasks = annotator.tasks(title)
    found = [[region["value"]["choices"] for region in task["predictions"][0]["result"]] for task in tasks]
    assert found == [[["advance"]], [["advance", "airstrike"]], []]
    assert {task["predictions"][0]["model_version"] for task in tasks} == {KeywordTagger.version}
