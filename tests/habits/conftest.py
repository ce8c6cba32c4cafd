"""The shipped model, opened once, and a hub of one's own to push to."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from conflict_events import EventTagger

COMMIT = "c" * 40


@dataclass
class Hub:
    """A server that speaks as much of the Hugging Face hub's protocol as pushing and loading a model take."""

    token: str
    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)  # of the one repository
    created: list[dict[str, object]] = field(default_factory=list)
    stored: dict[str, bytes] = field(default_factory=dict)  # large files by their sha256


@pytest.fixture(scope="session")
def tagger() -> EventTagger:
    return EventTagger.from_pretrained(device="cpu")


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub(token="hf_secret")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield hub
    server.shutdown()
    server.server_close()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self._body()
            if self.headers.get("Authorization") != f"Bearer {hub.token}":
                self._json({"error": "Invalid username or password."}, status=401)
            elif self.path == "/api/repos/create":
                hub.created.append(json.loads(body))
                self._json({"url": f"{hub.address}/anna/events"})
            elif self.path == "/api/validate-yaml":
                self._json({"errors": [], "warnings": []})
            elif "/preupload/" in self.path:
                paths = [file["path"] for file in json.loads(body)["files"]]
                self._json({"files": [_upload_mode(path) for path in paths]})
            elif self.path.endswith("/info/lfs/objects/batch"):
                objects = json.loads(body)["objects"]
                for wanted in objects:
                    wanted["actions"] = {"upload": {"href": f"{hub.address}/lfs/{wanted['oid']}"}}
                self._json({"transfer": "basic", "objects": objects})
            elif "/commit/" in self.path:
                _commit(hub, [json.loads(line) for line in body.splitlines()])
                self._json({"commitUrl": f"{hub.address}/anna/events/commit/{COMMIT}", "commitOid": COMMIT})
            else:
                self._json({"error": self.path}, status=404)

        def do_PUT(self) -> None:
            hub.stored[self.path.rsplit("/", 1)[-1]] = self._body()
            self._json({})

        def do_GET(self) -> None:
            name = self.path.rsplit("/", 1)[-1]
            if "/resolve/" in self.path and name in hub.files:
                self._send(hub.files[name], etag=hashlib.sha256(hub.files[name]).hexdigest())
            elif self.path.startswith("/api/models/anna/events") and "/tree/" not in self.path:
                siblings = [{"rfilename": name} for name in hub.files]
                self._json({"id": "anna/events", "sha": COMMIT, "siblings": siblings})
            elif "/tree/" in self.path:
                self._json(
                    [
                        {"type": "file", "path": name, "size": len(content), "oid": "0" * 40}
                        for name, content in hub.files.items()
                    ]
                )
            else:
                self._json({"error": self.path}, status=404)

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            chunks = []
            while size := int(self.rfile.readline(), 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)

        def _json(self, value: object, *, status: int = 200) -> None:
            self._send(json.dumps(value).encode(), status=status)

        def _send(self, content: bytes, *, status: int = 200, etag: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-Repo-Commit", COMMIT)
            if etag:
                self.send_header("ETag", f'"{etag}"')
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

    return Handler


def _upload_mode(path: str) -> dict[str, object]:
    mode = "lfs" if path.endswith(".safetensors") else "regular"
    return {"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": None}


def _commit(hub: Hub, lines: list[dict[str, Any]]) -> None:
    for line in lines:
        value = line["value"]
        if line["key"] == "file":
            hub.files[value["path"]] = base64.b64decode(value["content"])
        elif line["key"] == "lfsFile":
            hub.files[value["path"]] = hub.stored[value["oid"]]
