"""Faults one by one: each ends with its exit code and one line for each thing that is wrong; nothing is lost.

Single records and files that cannot be read are in tests/reading/test_bad_input.py, a full disk behind
standard output and closed streams in tests/cli/test_tag.py, what runs refuse in tests/runs, and inputs drawn
by a fuzzer in tests/fuzz.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conflict_events.eval.faults import inputs, surroundings
from conflict_events.eval.faults.folders import difference, problems_of
from conflict_events.eval.faults.lab import Lab, Tally
from conflict_events.eval.faults.million import LINES, Million, read_a_million
from conflict_events.eval.faults.outcomes import Fault, Outcome, Untried
from conflict_events.eval.faults.report import Results, write_report

_QUICK = {"ids that come again", "links in a circle and to nothing", "a second run in the same folder"}


def marked(faults: tuple[Fault, ...]) -> list[object]:
    return [
        pytest.param(fault, id=fault.name, marks=[] if fault.name in _QUICK else pytest.mark.integration)
        for fault in faults
    ]


@pytest.mark.parametrize("fault", marked((*surroundings.FAULTS, *inputs.FAULTS)))
def test_a_fault_is_told_and_nothing_is_lost(lab: Lab, fault: Fault) -> None:
    try:
        outcome = fault.happen(lab)
    except Untried as reason:
        pytest.skip(str(reason))
    assert outcome.problems == ()
    assert outcome.articles > 0
    assert (outcome.lost, outcome.doubled) == (0, 0)


def test_lines_by_the_thousand_of_which_every_hundredth_is_broken(tmp_path: Path) -> None:
    assert read_a_million(10_000, tmp_path).problems == ()


@pytest.mark.integration
def test_a_million_lines_of_which_every_hundredth_is_broken(tmp_path: Path) -> None:
    read = read_a_million(LINES, tmp_path)
    assert read.problems == ()
    assert (read.articles, read.rejected) == (990_000, 10_000)


def test_damage_to_a_run_is_seen(lab: Lab, tmp_path: Path) -> None:
    """What all tests of faults rely on: that a lost, doubled, cut or changed file would be found."""
    good = lab.undisturbed("jsonl")[0]
    assert problems_of(good) == []
    parts = sorted(good.glob("part-*"))
    lines = parts[0].read_bytes().splitlines(keepends=True)
    for name, damage in {
        "is there 2 times": lambda folder: (folder / "part-9.jsonl").write_bytes(parts[0].read_bytes()),
        "is not whole": lambda folder: (folder / parts[0].name).write_bytes(parts[0].read_bytes()[:-9]),
        "and not there": lambda folder: (folder / parts[0].name).unlink(),
        "its record says": lambda folder: (folder / parts[0].name).write_bytes(lines[0]),
        "is no file of a run": lambda folder: (folder / "notes").touch(),
    }.items():
        folder = tmp_path / name
        folder.mkdir()
        for file in good.rglob("*"):
            target = folder / file.relative_to(good)
            target.mkdir(exist_ok=True) if file.is_dir() else target.write_bytes(file.read_bytes())
        assert difference(folder, good) == []
        damage(folder)
        assert any(name in problem for problem in problems_of(folder)), name
        assert difference(folder, good)


_FINALIZER = """
import signal, sys, time
from conflict_events.scripts.signals import Terminated, stopped_by_signals

class Finalized:
    def __del__(self):
        signal.raise_signal(int(sys.argv[1]))
        sum(range(1000))  # where Python runs the handler

try:
    with stopped_by_signals():
        Finalized()
        time.sleep(20)
except Terminated:
    print("Terminated")
except KeyboardInterrupt:
    print("KeyboardInterrupt")
"""


@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGINT, "KeyboardInterrupt"), (signal.SIGTERM, "Terminated")]
)
def test_a_signal_that_falls_into_a_finalizer_is_not_lost(number: signal.Signals, raised: str) -> None:
    # In a process of its own: a signal belongs to all of a process.
    command = [sys.executable, "-c", _FINALIZER, str(int(number))]
    started = time.monotonic()
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, preexec_fn=_heed_ctrl_c
    )
    assert done.stdout.strip() == raised
    assert time.monotonic() < started + 15
    assert "Traceback" not in done.stderr


def _heed_ctrl_c() -> None:
    """Where tests run in the background, children would ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_the_tables(tmp_path: Path) -> None:
    tally = Tally("kill -9", 3, 9, 6, 300, 0, 0, {"between parts": 6})
    outcome = Outcome("disk | full", 2, "out/: cannot be written", 98, 1, 0, ("1 articles lost",))
    million = Million(1000, 990, 10, 1.5, ())
    results = Results("the command", 300, (tally,), (outcome,), (("a pipe", "no rights"),), million, 9.0)
    assert results.problems == ["disk | full: 1 articles lost"]
    write_report(results, tmp_path / "new")
    page = (tmp_path / "new" / "README.md").read_text("utf-8")
    assert "| kill -9 | 3 | 6 | 9 | 300 | 0 | 0 | 0 |" in page
    assert "| 2 | `out/: cannot be written` | 98 | 1 | 0 | 1 |" in page
    assert "not tried here: no rights" in page
    assert json.loads((tmp_path / "new" / "faults.json").read_text())["tallies"][0]["disturbed"] == 6
