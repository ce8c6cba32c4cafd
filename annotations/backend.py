"""The model as a machine learning backend of Label Studio, over HTTP.

The calls are those of Label Studio 1.23: GET / and /health, POST /setup, /predict and /webhook. Label Studio
sends Basic auth to all but the webhooks, so the webhook is open and does nothing. See annotations/README.md.
"""

from __future__ import annotations

import base64
import hmac
import io
import json
import socket
import sys
import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from conflict_events.annotations.gather import score_data
from conflict_events.annotations.label_config import LabelConfig, parse_label_config
from conflict_events.annotations.tasks import prediction, require_labels
from conflict_events.errors import AnnotationError
from conflict_events.printable import printable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from conflict_events.tagger import EventTagger

BODY_LIMIT = 32 * 1024 * 1024
SOCKET_SECONDS = 30.0
REQUEST_SECONDS = 60.0
MOST_CONNECTIONS = 64
_LONGEST_NUMBER = 20
_LOCAL = ("127.0.0.1", "localhost")


class _RefusalError(Exception):
    """A request that is answered with an error status and a message."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class Backend(ThreadingHTTPServer):
    """Serves a tagger to Label Studio; run it with `serve_forever`, end it with `shutdown`.

    `credentials` are the user and password of Basic auth; without them only this machine is served, and
    another `host` raises AnnotationError, as does an address that cannot be bound.
    """

    daemon_threads = True

    def __init__(
        self,
        tagger: EventTagger,
        host: str = "127.0.0.1",
        port: int = 9090,
        credentials: tuple[str, str] | None = None,
    ) -> None:
        if credentials is None and host not in _LOCAL:
            raise AnnotationError(
                f"serving on {host} needs a password: set BASIC_AUTH_USER and BASIC_AUTH_PASS, "
                "or serve on 127.0.0.1"
            )
        self._tagger = tagger
        self._one_at_a_time = threading.Lock()
        self._places = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._authorization: bytes | None = None
        if credentials is not None:
            self._authorization = b"Basic " + base64.b64encode(":".join(credentials).encode())
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise AnnotationError(f"cannot serve on {host}:{port} ({error.strerror})") from error

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own; one too many is closed, so that threads stay few."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection, and make room for the next one."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that broke off; anything else is a fault of ours, and is printed."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)

    def admits(self, authorization: str) -> bool:
        """Whether a request with this Authorization header is let in."""
        if self._authorization is None:
            return True
        return hmac.compare_digest(authorization.encode("utf-8", "replace"), self._authorization)

    def health(self) -> dict[str, Any]:
        """Answer GET / and /health."""
        return {"status": "UP", "model_class": "EventTagger", "model_version": self._tagger.version}

    def setup(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer POST /setup: check the project's config, name the model's version."""
        self._config(request.get("schema"))
        return {"model_version": self._tagger.version}

    def predict(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer POST /predict: one prediction for each task, in their order."""
        config = self._config(request.get("label_config"))
        tasks = request.get("tasks")
        if not isinstance(tasks, list):
            raise _RefusalError(HTTPStatus.BAD_REQUEST, "'tasks' must be a list")
        data = [_data(task, number) for number, task in enumerate(tasks, 1)]
        tagger = self._tagger
        with self._one_at_a_time:
            rows = score_data(data, tagger).tolist() if data else []
        results = [
            prediction(dict(zip(tagger.labels, row, strict=True)), tagger.thresholds, tagger.version, config)
            for row in rows
        ]
        return {"results": results}

    def _config(self, xml: object) -> LabelConfig:
        if not isinstance(xml, str):
            raise _RefusalError(HTTPStatus.BAD_REQUEST, "the request carries no labelling config")
        try:
            config = parse_label_config(xml, "the project's config")
            require_labels(config, self._tagger.labels, "the model")
        except AnnotationError as error:
            raise _RefusalError(HTTPStatus.BAD_REQUEST, str(error)) from error
        return config


def _data(task: object, number: int) -> Mapping[str, Any]:
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("sentence"), str):
        raise _RefusalError(HTTPStatus.BAD_REQUEST, f"task {number} has no 'sentence' in its data")
    return data


class _Clocked(io.RawIOBase):
    """What a client sends, read against the clock: a whole request has to arrive in REQUEST_SECONDS.

    The time-out of a socket alone begins anew with each byte, and a client could send one at a time for ever.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.restart()

    def restart(self) -> None:
        """Begin to wait for the next request."""
        self._end = time.monotonic() + REQUEST_SECONDS

    def readable(self) -> bool:
        """Say that it can be read, as `io.BufferedReader` asks."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read what has come; raises TimeoutError where nothing comes, or not all in time."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request did not arrive in time")
        self._connection.settimeout(min(left, SOCKET_SECONDS))
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    server: Backend
    server_version = "conflict-events"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = SOCKET_SECONDS

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def setup(self) -> None:
        """Read the connection against the clock."""
        super().setup()
        self.rfile.close()
        self._clocked = _Clocked(self.connection)
        self.rfile = io.BufferedReader(self._clocked)

    def handle_one_request(self) -> None:
        """Give each request of a connection its own time."""
        self._clocked.restart()
        super().handle_one_request()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log method, path and status; no query, header or body, which may carry passwords and tokens."""
        path = getattr(self, "path", "").partition("?")[0]
        self.log_message("%s %s %s", getattr(self, "command", None) or "-", path, str(int(code)))

    def log_error(self, format: str, *args: object) -> None:
        """Log that a request was none, and not what it said."""
        code = args[0] if args and isinstance(args[0], int) else "timed out"
        self.log_message("no request: %s", str(code))

    def log_message(self, format: str, *args: object) -> None:
        """Write a line that cannot steer the terminal, whatever was asked for."""
        print(f"{time.strftime('%H:%M:%S')} {printable(format % args)}", file=sys.stderr, flush=True)

    def _answer(self, respond: Any) -> None:
        status, answer = HTTPStatus.OK, {}
        try:
            answer = respond(self.path.partition("?")[0].rstrip("/") or "/")
        except _RefusalError as refusal:
            status, answer = refusal.status, {"error": str(refusal)}
            # What is left of the body would be taken for the next request.
            self.close_connection = True
        except (TimeoutError, ConnectionError):
            self.close_connection = True
            return
        content = json.dumps(answer).encode()
        self.connection.settimeout(SOCKET_SECONDS)
        self.send_response(status)
        if status == HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", 'Basic realm="conflict-events"')
        if self.close_connection:
            self.send_header("Connection", "close")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _get(self, path: str) -> dict[str, Any]:
        if path not in ("/", "/health"):
            raise _RefusalError(HTTPStatus.NOT_FOUND, f"there is no {path}")
        self._require_credentials()
        return self.server.health()

    def _post(self, path: str) -> dict[str, Any]:
        if path == "/webhook":
            self._body()
            return {"status": "ignored"}
        respond = {"/setup": self.server.setup, "/predict": self.server.predict}.get(path)
        if respond is None:
            raise _RefusalError(HTTPStatus.NOT_FOUND, f"there is no {path}")
        self._require_credentials()
        body = self._body()
        try:
            request = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise _RefusalError(HTTPStatus.BAD_REQUEST, f"the body is not JSON ({error})") from error
        if not isinstance(request, dict):
            raise _RefusalError(HTTPStatus.BAD_REQUEST, "the body must be a JSON object")
        return respond(request)

    def _require_credentials(self) -> None:
        if not self.server.admits(self.headers.get("Authorization", "")):
            raise _RefusalError(HTTPStatus.UNAUTHORIZED, "wrong user or password")

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or len(length) > _LONGEST_NUMBER:
            raise _RefusalError(HTTPStatus.LENGTH_REQUIRED, "the request does not say its length")
        if int(length) > BODY_LIMIT:
            raise _RefusalError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {BODY_LIMIT} bytes")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise _RefusalError(HTTPStatus.BAD_REQUEST, "the body is shorter than the request says")
        return body
