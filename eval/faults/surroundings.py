"""Faults around a run: disks, folders, clocks, terminals, signals, a second run, inputs that change."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from conflict_events.eval.faults.commands import ENVIRONMENT, Ended
from conflict_events.eval.faults.folders import (
    difference,
    ids_of,
    lost_and_doubled,
    parts_of,
    problems_of,
    rejections_of,
)
from conflict_events.eval.faults.lab import REJECTED, Lab
from conflict_events.eval.faults.material import article, write_rows
from conflict_events.eval.faults.meddling import Meddling
from conflict_events.eval.faults.outcomes import Fault, Outcome, Said, Untried, judged

_FORMAT = "jsonl"
_MIDDLE = 150  # a step at which some parts are written and others are not
_PAUSE_SECONDS = 120.0


def file_too_large(lab: Lab) -> Outcome:
    """Limit how long a file may become, so that the largest part has no room, and all else has."""
    out = lab.new_folder()
    largest = max(part.stat().st_size for part in parts_of(lab.undisturbed(_FORMAT)[0]))
    ended = lab.run(out, _FORMAT, meddling=Meddling(file_size=largest - 1))
    return _mended(lab, out, ended, 2, "cannot be written (File too large)")


def output_removed(lab: Lab) -> Outcome:
    """Remove the folder while parts are written into it."""
    out = lab.new_folder()
    ended = lab.run(out, _FORMAT, meddling=_in_the_middle(out, "remove", out))
    shutil.rmtree(out, ignore_errors=True)
    return _mended(lab, out, ended, 2, "cannot be written (No such file or directory)")


def clock_jumps(lab: Lab) -> Outcome:
    """Let the clock jump by decades, mostly backwards, and kill the run between."""
    out = lab.new_folder()
    ended = lab.run(out, _FORMAT, meddling=replace(_in_the_middle(out, "kill"), clock=True))
    return _mended(lab, out, ended, -signal.SIGKILL, "", Meddling(clock=True))


def interrupted(lab: Lab) -> Outcome:
    """Press Ctrl-C while parts are written."""
    out = lab.new_folder()
    ended = lab.run(out, _FORMAT, meddling=_in_the_middle(out, "interrupt"))
    return _mended(lab, out, ended, 130, "")


def terminated(lab: Lab) -> Outcome:
    """Send SIGTERM, as a shutdown does, while parts are written."""
    out = lab.new_folder()
    ended = lab.run(out, _FORMAT, meddling=_in_the_middle(out, "terminate"))
    return _mended(lab, out, ended, 143, "")


def second_run(lab: Lab) -> Outcome:
    """Start the same command while it is at work: the second is refused, and the first is not disturbed."""
    out = lab.new_folder()
    pid = lab.commands.start(lab.arguments(out, _FORMAT), lab.root, meddling=_in_the_middle(out, "pause"))
    _wait_until_stopped(pid)
    second = lab.run(out, _FORMAT)
    os.kill(pid, signal.SIGCONT)
    first = lab.commands.wait(pid)
    outcome = _mended(lab, out, second, 2, f"{out.name}/: a run is at work in it")
    if first.status != REJECTED:
        return replace(outcome, problems=(*outcome.problems, f"the first ended with {first.status}"))
    return outcome


def input_grows(lab: Lab) -> Outcome:
    """Make an input longer as it is read."""
    return _input_changes(lab, "append", "was changed while the run reads it")


def input_shrinks(lab: Lab) -> Outcome:
    """Cut an input as it is read."""
    return _input_changes(lab, "truncate", "was changed while the run reads it")


def input_vanishes(lab: Lab) -> Outcome:
    """Remove an input as it is read."""
    return _input_changes(lab, "remove", "was removed while the run reads it")


def disk_full(lab: Lab) -> Outcome:
    """Run on a disk of 100 kB, give it room, and start again."""
    out, full = lab.new_folder(), lab.new_folder()
    ended = _on_a_small_disk(lab, out, full, "size=100k")
    problems = [*problems_of(full), *difference(out / "whole", lab.undisturbed(_FORMAT)[0])]
    if not parts_of(full):
        problems.append("no part had room")
    return _stopped(lab, out / "whole", ended, 2, "cannot be written (No space left on device)", problems)


def read_only(lab: Lab) -> Outcome:
    """Run into a folder on a disk that may only be read."""
    out, full = lab.new_folder(), lab.new_folder()
    ended = _on_a_small_disk(lab, out, full, "ro,size=100k")
    problems = difference(out / "whole", lab.undisturbed(_FORMAT)[0])
    problems += [f"{path.name} was written" for path in full.iterdir()]
    return _stopped(lab, out / "whole", ended, 2, "cannot be written (Read-only file system)", problems)


def poor_terminal(lab: Lab) -> Outcome:
    """Run with standard input closed, in the locale C, on a terminal that shows ASCII alone."""
    place = lab.root / "poor-terminal"
    (place / "in").mkdir(parents=True)
    write_rows(place / "in" / "a.jsonl", [{**article(0), "id": "köln"}])
    (place / "in" / "ü-empty.txt").touch()
    said = place / "said"
    words = "tag in -o out/ --format jsonl --all-sentences --model ../model"
    program = f"'{sys.executable}' -m conflict_events.scripts.cli"
    environment = {**ENVIRONMENT, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    started = time.monotonic()
    status = subprocess.run(
        f"{program} {words} <&- 2>{said.name}", shell=True, cwd=place, env=environment, check=False
    ).returncode
    ended = Ended(status, said.read_text(encoding="utf-8"), time.monotonic() - started)
    expected = [Said("in/", None, "-empty.txt: is empty")]
    return judged("", ended, place / "out", status=REJECTED, said=expected, ids=["köln"])


def _in_the_middle(out: Path, action: str, target: Path | None = None) -> Meddling:
    return Meddling(watched=str(out), at=_MIDDLE, action=action, target=str(target or ""))


def _input_changes(lab: Lab, action: str, words: str) -> Outcome:
    """Change a file at its opening, go on without mending it (refused), and with the file of before."""
    file = lab.inbox.folder / "e.tsv"
    content, status = file.read_bytes(), file.stat()
    out = lab.new_folder()
    meddling = Meddling(watched=str(file), at=1, action=action, target=str(file))
    ended = lab.run(out, _FORMAT, meddling=meddling)
    refused = lab.run(out, _FORMAT)
    file.write_bytes(content)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    outcome = _mended(lab, out, ended, 2, f"inbox/e.tsv: {words}")
    if refused.status != 2 or "since the run began" not in refused.said:
        return replace(outcome, problems=(*outcome.problems, f"went on with another file: {refused.said}"))
    return outcome


def _mended(
    lab: Lab, out: Path, ended: Ended, status: int, words: str, meddling: Meddling | None = None
) -> Outcome:
    """Start the same command again once the fault is gone: it must come to the same as an undisturbed run."""
    problems = problems_of(out)
    if status >= 0:
        problems += [f"{path.name} was left" for path in out.rglob(".*.tmp")]
    again = lab.run(out, _FORMAT, meddling=meddling)
    if again.status not in (REJECTED, 0) or again.has_traceback:
        problems.append(f"did not go on: {again.said}")
    problems += difference(out, lab.undisturbed(_FORMAT)[0])
    return _stopped(lab, out, ended, status, words, problems)


def _stopped(lab: Lab, out: Path, ended: Ended, status: int, words: str, problems: list[str]) -> Outcome:
    """What a command did that a fault stopped; `out` holds what the run came to in the end."""
    records = rejections_of(lab.undisturbed(_FORMAT)[0])
    rejected = tuple(
        f"{row['file']}, line {row['line']}: " if row["line"] else row["file"] for row in records
    )
    errors = [error for error in ended.errors if not error.startswith(rejected)]
    if ended.status != status:
        problems.append(f"ended with {ended.status}, not {status}: {ended.said}")
    if ended.has_traceback:
        problems.append(f"showed a traceback: {ended.said}")
    if len(errors) != bool(words) or not all(words in error for error in errors):
        problems.append(f"said {errors} and not one line with: {words}")
    ids = lab.inbox.ids if out.is_dir() else ()
    lost, doubled = lost_and_doubled(ids, ids_of(out))
    first = errors[0].replace(f"{lab.root}/", "") if errors else ""
    return Outcome("", ended.status, first, len(ids), lost, doubled, tuple(problems))


def _on_a_small_disk(lab: Lab, out: Path, full: Path, options: str) -> Ended:
    """Run on a disk in memory of its own, copy what is there to `full`, give room, and run again.

    What there is in the end is `whole` in the folder `out`; what is returned is the first run. The disk is
    mounted for these processes alone, which needs user namespaces, but no rights.
    """
    if sys.platform != "linux" or shutil.which("unshare") is None:
        raise Untried("only Linux mounts a disk for one process")
    for folder in (out, full, lab.root / "disk"):
        folder.mkdir(exist_ok=True)
    script = f"""
        mount -t tmpfs -o {options} none disk || exit 77
        "$@" </dev/null 2>{out.name}/said; echo $? >{out.name}/status
        cp -r disk/. {full.name}
        mount -o remount,rw,size=16m disk || exit 77
        "$@" </dev/null 2>{out.name}/again; cp -r disk {out.name}/whole
    """
    program = [sys.executable, "-m", "conflict_events.scripts.cli", *lab.arguments(Path("disk"), _FORMAT)]
    ended = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", *program],
        cwd=lab.root,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    if not (out / "status").exists() or not (out / "whole").exists():
        raise Untried(f"no disk may be mounted here ({ended.stderr.strip()})")
    return Ended(int((out / "status").read_text()), (out / "said").read_text(encoding="utf-8"), 0.0)


def _wait_until_stopped(pid: int) -> None:
    status = Path(f"/proc/{pid}/status")
    for _ in range(int(_PAUSE_SECONDS / 0.01)):
        if "\nState:\tT" in status.read_text():
            return
        time.sleep(0.01)


def _named(name: str, happen: Callable[[Lab], Outcome]) -> Fault:
    return Fault(name, lambda lab: replace(happen(lab), fault=name))


FAULTS = (
    _named("disk full (a tmpfs of 100 kB), then given room", disk_full),
    _named("no room for the largest part (RLIMIT_FSIZE), then there is", file_too_large),
    _named("output on a read-only disk", read_only),
    _named("output folder removed during the run", output_removed),
    _named("clock that jumps by decades, mostly backwards, and a kill", clock_jumps),
    _named("Ctrl-C while parts are written", interrupted),
    _named("SIGTERM while parts are written", terminated),
    _named("a second run in the same folder", second_run),
    _named("an input grows while it is read", input_grows),
    _named("an input shrinks while it is read", input_shrinks),
    _named("an input vanishes while it is read", input_vanishes),
    _named("standard input closed, locale C, ASCII terminal", poor_terminal),
)
