"""The backend against clients that mean ill, and what it and the connection tell of secrets."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from conflict_events.annotations import backend
from conflict_events.annotations.backend import Backend
from conflict_events.annotations.connection import TOKEN_VARIABLE, URL_VARIABLE, connect
from conflict_events.annotations.label_config import read_label_config
from conflict_events.errors import AnnotationError

LABELS = read_label_config().labels
TOKEN = "0123456789abcdefSECRET"


class NoModel:
    """Stands in for a model: every score is 0."""

    labels = LABELS
    thresholds = dict.fromkeys(LABELS, 0.5)
    version = "0123456789ab"
    folder = SimpleNamespace(context_sentences=0)

    def score(self, sentences: list[str], context: list[str] | None = None) -> np.ndarray:
        return np.zeros((len(sentences), len(LABELS)), np.float32)


@contextmanager
def serving(credentials: tuple[str, str] | None = None) -> Iterator[int]:
    tagger: Any = NoModel()
    with Backend(tagger, port=0, credentials=credentials) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def healthy(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.request("GET", "/health")
    return line.getresponse().status == 200


def seconds_until_closed(line: socket.socket, drip: bytes) -> float:
    """Send `drip` byte after byte until the server closes the connection."""
    started = time.monotonic()
    line.settimeout(0.05)
    for byte in drip * 1000:
        try:
            line.send(bytes([byte]))
            if line.recv(1000) == b"":
                break
        except TimeoutError:
            continue
        except ConnectionError:
            break
        assert time.monotonic() - started < 30, "still open"
    return time.monotonic() - started


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"POST /predict HTTP/1.1\r\n",
        b"POST /predict HTTP/1.1\r\nContent-Length: 100000\r\n\r\n",
        b"POST /webhook HTTP/1.1\r\nContent-Length: 100000\r\n\r\n",
    ],
    ids=["request", "headers", "body", "webhook"],
)
def test_a_client_that_sends_byte_by_byte_is_given_up(start: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "REQUEST_SECONDS", 1.0)
    with serving() as port, socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(start)
        assert seconds_until_closed(line, b"X-a: b") < 10
        monkeypatch.undo()
        assert healthy(port)


def test_a_client_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "SOCKET_SECONDS", 0.5)
    with serving() as port, socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        assert line.recv(1) == b""


def test_a_body_shorter_than_it_says_is_refused() -> None:
    with serving() as port, socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(b"POST /predict HTTP/1.1\r\nContent-Length: 10\r\n\r\n{}")
        line.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: line.recv(10_000), b""))
        assert answer.startswith(b"HTTP/1.1 400")
        assert b"shorter than the request says" in answer


def test_connections_beyond_the_limit_are_closed_and_others_are_served_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backend, "MOST_CONNECTIONS", 3)
    with serving() as port:
        lines = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(3)]
        time.sleep(0.2)
        with socket.create_connection(("127.0.0.1", port), timeout=20) as one_more:
            assert one_more.recv(1) == b""
        for line in lines:
            line.close()
        give_up = time.monotonic() + 20
        while time.monotonic() < give_up:
            try:
                assert healthy(port)
                return
            except (ConnectionError, http.client.HTTPException):
                time.sleep(0.1)
        pytest.fail("never served again")


def test_the_log_tells_no_secret_and_steers_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with serving(("user", TOKEN)) as port:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        body = json.dumps({"access_token": TOKEN, "schema": "<"}).encode()
        line.request("POST", f"/setup?token={TOKEN}", body, {"Authorization": f"Token {TOKEN}"})
        assert line.getresponse().status == 401
        for start in (b"GET /\x1b[31m\x9b2J HTTP/1.1\r\n\r\n", f"{TOKEN}\x1b[31m\r\n\r\n".encode()):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
                raw.sendall(start)
                while raw.recv(1000):
                    pass
    _, said = capfd.readouterr()
    assert "POST /setup 401" in said
    assert TOKEN not in said
    assert not {"\x1b", "\x9b"} & set(said)


@contextmanager
def answering(status: int, content: bytes) -> Iterator[str]:
    """A server that answers everything so; for {TOKEN} in `content` it puts the token that it was sent."""

    class Echo(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.headers.get("Authorization", "").partition(" ")[2].encode()
            answer = content.replace(b"{TOKEN}", sent)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 418, 500, 503])
def test_a_token_that_a_server_sends_back_is_not_told(
    status: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("label_studio_sdk")
    caplog.set_level(logging.DEBUG)
    with answering(status, b'{"detail": "you sent {TOKEN}, {TOKEN}"}') as url:
        said = ""
        try:
            connect({URL_VARIABLE: url, TOKEN_VARIABLE: TOKEN})
        except AnnotationError as error:
            said = "".join(traceback.format_exception(error))
    assert bool(said) == (status != 200)
    assert TOKEN not in said
    assert TOKEN not in caplog.text
    assert TOKEN not in "".join(capfd.readouterr())
