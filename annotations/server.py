"""A Label Studio server of the user's own: its environment, its data and secrets, its process.

Label Studio's pinned dependencies would fight this package's, so it has a virtual environment of its own.
"""

from __future__ import annotations

import os
import secrets
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conflict_events.errors import AnnotationError
from conflict_events.output.files import open_stream
from conflict_events.runs.lock import locked

REQUIREMENT = "label-studio==1.23.2"
HOME_VARIABLE = "CONFLICT_EVENTS_LABEL_STUDIO_HOME"
EMAIL = "annotator@localhost"
_START_SECONDS = 600.0
_STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Server:
    """A running server. `settings` is a shell file that exports address and token, for its owner alone."""

    url: str
    email: str
    token: str
    password: str
    settings: Path
    password_file: Path
    log: Path
    process: subprocess.Popen[bytes]


def default_home() -> Path:
    """The folder of the environment and the data: the environment variable's, else the user's data folder."""
    if chosen := os.environ.get(HOME_VARIABLE):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "conflict-events" / "label-studio"


def is_installed(home: Path) -> bool:
    """Whether the environment in `home` is there, whole and of the wanted version."""
    marker = home / "installed"
    return marker.is_file() and marker.read_text(encoding="utf-8").strip() == REQUIREMENT


def install(home: Path) -> None:
    """Make Label Studio's environment in `home`/venv with pip: about 1 GB, some minutes.

    What is half done is completed by the next try; where it is whole by now, nothing is done.

    Raises:
        AnnotationError: it fails, with pip's last words.
        OutputError: nothing can be written to `home`.
        RunError: another process is making it.
    """
    marker = home / "installed"
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AnnotationError(f"{home}: cannot make an environment there ({error})") from error
    with locked(home / "lock", f"{home}: Label Studio is being installed there: wait for its end"):
        if is_installed(home):
            return
        _install(home)
        with open_stream(marker) as stream:
            stream.write(f"{REQUIREMENT}\n".encode())


def _install(home: Path) -> None:
    log = home / "install.log"
    try:
        (home / "installed").unlink(missing_ok=True)
        venv.create(home / "venv", with_pip=True, symlinks=os.name != "nt")
    except (OSError, subprocess.CalledProcessError) as error:
        raise AnnotationError(f"{home}: cannot make an environment there ({error})") from error
    pip = [str(_program(home, "python")), "-m", "pip", "install", "--disable-pip-version-check", REQUIREMENT]
    with log.open("wb") as output:
        status = subprocess.run(pip, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    if status:
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        raise AnnotationError(f"could not install {REQUIREMENT} (see {log}): {' '.join(last)}")


@contextmanager
def running(home: Path, data: Path, port: int, *, local_backends: bool = False) -> Iterator[Server]:
    """Run the server on 127.0.0.1 while the block runs; on entry it answers, on exit it is gone.

    Its database and secrets live in `data`; the secrets, and the folder if it is made here, are readable by
    the owner alone. `local_backends` lets it call
    machine learning backends on this machine, which takes its guard against forged requests down.
    Raises AnnotationError if the port is taken, `data` cannot be made or the server does not come up,
    OutputError if nothing can be written there.
    """
    _require_free(port)
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise AnnotationError(f"{data}: cannot keep data there ({error.strerror})") from error
    token, _ = _secret(data / "token", secrets.token_hex(20))
    password, password_file = _secret(data / "password", secrets.token_urlsafe(12))
    url = f"http://127.0.0.1:{port}"
    settings = data / "environment"
    exports = {"LABEL_STUDIO_URL": url, "LABEL_STUDIO_API_KEY": token}
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in exports.items()]
    _write_private(settings, "".join(lines))
    log = data / "server.log"
    command = [str(_program(home, "label-studio")), "start", "--no-browser", "--internal-host", "127.0.0.1"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(data, token, password, local_backends=local_backends),
            cwd=data,
            # Ctrl-C goes to this program alone, which then stops the server in good order.
            start_new_session=True,
        )
    server = Server(url, EMAIL, token, password, settings, password_file, log, process)
    try:
        _wait_until_healthy(server)
        yield server
    finally:
        _stop(process)


def free_port() -> int:
    """A port that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(data: Path, token: str, password: str, *, local_backends: bool) -> dict[str, str]:
    """Secrets go by the environment: a command line is there for everybody on the machine to see."""
    own = {
        "LABEL_STUDIO_BASE_DATA_DIR": str(data),
        "LABEL_STUDIO_USERNAME": EMAIL,
        "LABEL_STUDIO_PASSWORD": password,
        "LABEL_STUDIO_USER_TOKEN": token,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "COLLECT_ANALYTICS": "False",
        "LATEST_VERSION_CHECK": "False",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
    }
    if local_backends:
        own |= {"ML_BLOCK_LOCAL_IP": "false", "SSRF_PROTECTION_ENABLED": "false"}
    # The settings of this program's own connection would mean something else to the server.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LABEL_STUDIO_")}
    return inherited | own


def _secret(path: Path, fresh: str) -> tuple[str, Path]:
    """Read a secret, or keep `fresh` as the secret from now on, for the owner alone."""
    if not path.exists():
        _write_private(path, fresh + "\n")
    return path.read_text(encoding="utf-8").strip(), path


def _write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, from before there is anything in it."""
    with open_stream(path) as stream:
        Path(stream.name).chmod(0o600)
        stream.write(text.encode())


def _require_free(port: int) -> None:
    # Label Studio itself would silently take the next free port.
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise AnnotationError(f"something listens on port {port} already; choose another with --port")


def _wait_until_healthy(server: Server) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up:
        if server.process.poll() is not None:
            raise AnnotationError(f"Label Studio ended while starting; its log is {server.log}")
        try:
            with urllib.request.urlopen(f"{server.url}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AnnotationError(
        f"Label Studio did not answer within {_START_SECONDS:.0f} s; its log is {server.log}"
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _program(home: Path, name: str) -> Path:
    folder, suffix = ("Scripts", ".exe") if sys.platform == "win32" else ("bin", "")
    return home / "venv" / folder / f"{name}{suffix}"
