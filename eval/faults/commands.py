"""Commands run on purpose under bad conditions: started by the server, watched, and what they said kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from conflict_events.eval.faults.meddling import Meddling

# What is written depends on the number of threads, in the last digits of scores.
ENVIRONMENT = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
PREFIX = "conflict-events: error: "


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ended: its exit status (negative: the signal), standard error, seconds, those of CPU."""

    status: int
    said: str
    seconds: float
    cpu: float = 0.0

    @property
    def errors(self) -> list[str]:
        """The error lines, without what they begin with."""
        return [line.removeprefix(PREFIX) for line in self.said.splitlines() if line.startswith(PREFIX)]

    @property
    def has_traceback(self) -> bool:
        """Whether something a user should not see was shown: a traceback, or the interpreter's complaint."""
        return any(
            word in self.said
            for word in ("Traceback", "Fatal Python", "Exception ignored", "terminate called")
        )


class Commands:
    """Runs `conflict-events` with a warm start; a context manager, which ends the server."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "conflict_events.eval.faults.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        )
        self._scratch = tempfile.TemporaryDirectory(prefix="conflict-events-faults-")
        self._started: dict[int, Path] = {}
        self._answer()

    def __enter__(self) -> Commands:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(60)
        self._scratch.cleanup()

    def run(
        self,
        arguments: Sequence[str | Path],
        cwd: Path,
        *,
        meddling: Meddling | None = None,
        signal: int | None = None,
        after: float | None = None,
    ) -> Ended:
        """Run a command to its end; with `signal`, it is sent that `after` so many seconds."""
        return self.wait(self.start(arguments, cwd, meddling=meddling), signal=signal, after=after)

    def start(self, arguments: Sequence[str | Path], cwd: Path, *, meddling: Meddling | None = None) -> int:
        """Start a command and return its process id."""
        said = Path(tempfile.mkstemp(dir=self._scratch.name)[1])
        request = {
            "arguments": [str(argument) for argument in arguments],
            "cwd": str(cwd),
            "stdout": os.devnull,
            "stderr": str(said),
            "meddling": asdict(meddling) if meddling else None,
        }
        pid = int(self._ask({"start": request})["pid"])
        self._started[pid] = said
        return pid

    def wait(self, pid: int, *, signal: int | None = None, after: float | None = None) -> Ended:
        """Wait for the end of a command that was started."""
        answer = self._ask({"wait": pid, "signal": signal, "after": after})
        file = self._started.pop(pid)
        said = file.read_text(encoding="utf-8", errors="replace")
        file.unlink()
        return Ended(answer["status"], said, answer["seconds"], answer["cpu"])

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._server.stdout is not None
        answer: dict[str, Any] = json.loads(self._server.stdout.readline())
        return answer
