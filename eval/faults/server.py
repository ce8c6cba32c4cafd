"""A process that has imported everything and forks itself for each command: a start then costs milliseconds.

It takes requests, a JSON object a line, from standard input and answers each in a line:

    {"start": {"arguments": [...], "cwd": ..., "stdout": FILE, "stderr": FILE, "meddling": {...}}}
    {"pid": 7}
    {"wait": 7, "signal": 9, "after": 0.5}
    {"status": -9, "seconds": 0.5, "cpu": 0.2}

The forked process runs the command line as a fresh one would, from its first check to the end of the
interpreter. With `signal` it is sent that signal `after` so many seconds, if it still runs.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import time
from importlib import import_module
from typing import Any

from conflict_events import Article, split_article

_COMMAND = "conflict_events.scripts.tag"
_IMPORTED = (
    _COMMAND,
    "conflict_events.scripts.tag_run",
    "conflict_events.scripts.tag_file",
    "conflict_events.runs.local",
    "conflict_events.runtimes.openvino_runtime",
    "conflict_events.reading.documents",
    "conflict_events.eval.faults.meddling",
    "nupunkt",
    "openvino",
    "openvino.opset13",
    "pyarrow.parquet",
    "safetensors",
    "tokenizers",
    "trafilatura",
    "typer._adapters",  # which typer imports as it parses
)
_POLL_SECONDS = 0.001


def main() -> None:
    """Answer requests until standard input ends."""
    for module in _IMPORTED:
        import_module(module)
    split_article(Article("", "The sentence splitter loads. It does so once."))
    _reply(ready=True)
    begun: dict[int, float] = {}
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            pid = request["wait"]
            status, cpu = _wait(pid, begun[pid], request.get("signal"), request.get("after"))
            _reply(status=status, seconds=time.monotonic() - begun.pop(pid), cpu=cpu)
            continue
        at_work, tells = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(at_work)
            _tell_when_at_work(tells)
            _run(**request["start"])
        os.close(tells)
        os.read(at_work, 1)
        os.close(at_work)
        begun[pid] = time.monotonic()
        _reply(pid=pid)


def _run(arguments: list[str], cwd: str, stdout: str, stderr: str, meddling: dict[str, Any] | None) -> None:
    """Become the command; SystemExit goes on up to the interpreter, which then ends as always."""
    for number, path in ((0, os.devnull), (1, stdout), (2, stderr)):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = os.fdopen(0, encoding="utf-8")
    # A shell that starts background jobs has Ctrl-C ignored in them, and the server may run in one.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(cwd)
    if meddling is not None:
        from conflict_events.eval.faults.meddling import Meddling, meddle

        meddle(Meddling(**meddling))
    sys.argv = ["conflict-events", *arguments]
    runpy.run_module("conflict_events", run_name="__main__")  # as `python -m conflict_events` does


def _tell_when_at_work(tells: int) -> None:
    """Write to a pipe when the command line, which is about to start, runs the module of its command.

    Before that it is not yet set up for signals, as no program is in its first instants.
    """
    told = False
    file = sys.modules[_COMMAND].__file__

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal told
        if not told and event == "exec" and getattr(arguments[0], "co_filename", "") == file:
            told = True
            os.write(tells, b"1")
            os.close(tells)

    del sys.modules[_COMMAND]
    sys.addaudithook(hook)


def _wait(pid: int, begun: float, signal_number: int | None, after: float | None) -> tuple[int, float]:
    """The exit status, negative for a signal, and seconds of CPU.

    The signal is sent here, where the process id cannot be another's yet.
    """
    while signal_number is not None and after is not None:
        ended, status, used = os.wait4(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
        if time.monotonic() - begun >= after:
            os.kill(pid, signal_number)
            break
        time.sleep(_POLL_SECONDS)
    _, status, used = os.wait4(pid, 0)
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime


def _reply(**answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
