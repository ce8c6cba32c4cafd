"""`python -m conflict_events.eval.faults -o FOLDER`: all faults, one after the other, and their tables."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from conflict_events.errors import ConflictEventsError
from conflict_events.eval.faults import inputs, surroundings
from conflict_events.eval.faults.kills import at_random_moments, at_steps, steps_of, without_power
from conflict_events.eval.faults.lab import open_lab
from conflict_events.eval.faults.million import LINES, read_a_million
from conflict_events.eval.faults.outcomes import Untried
from conflict_events.eval.faults.report import Results, write_report
from conflict_events.scripts.messages import print_error

_MEMORY = Path("/dev/shm")
_T = TypeVar("_T")


def main(argv: Sequence[str] | None = None) -> int:
    """Do all faults and write README.md and faults.json; 1 if a promise was not kept."""
    parser = argparse.ArgumentParser(prog="python -m conflict_events.eval.faults", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the tables")
    parser.add_argument("--kills", type=int, default=60, help="kills at random moments (default 60)")
    parser.add_argument("--steps", type=int, default=40, help="kills between two steps (default 40)")
    parser.add_argument("--lines", type=int, default=LINES, help="lines of the long file (default a million)")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(argv)
    try:
        results = _all(asked.kills, asked.steps, asked.lines, asked.seed)
        write_report(results, asked.output)
    except ConflictEventsError as error:
        print_error(error)
        return 2
    for problem in results.problems:
        print(problem, file=sys.stderr)
    return 1 if results.problems else 0


def _all(kills: int, steps: int, lines: int, seed: int) -> Results:
    started = time.monotonic()
    # In memory, where forcing to the disk costs nothing, unless the system has no such place.
    memory = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="conflict-events-faults-", dir=memory) as scratch:
        with open_lab(Path(scratch)) as lab:
            around, untried = [], []
            for fault in (*surroundings.FAULTS, *inputs.FAULTS):
                try:
                    around.append(_told(fault.happen(lab)))
                except Untried as reason:
                    untried.append((fault.name, str(reason)))
            known = steps_of(lab)
            draw = random.Random(seed)
            numbers = range(1, len(known) + 1)
            tallies = [
                _told(at_random_moments(lab, signal.SIGKILL, kills, seed)),
                _told(at_steps(lab, known, sorted(draw.sample(numbers, min(steps, len(known)))), seed)),
                _told(without_power(lab, known, sorted(draw.sample(numbers, min(steps, len(known)))), seed)),
                _told(at_random_moments(lab, signal.SIGINT, max(1, kills // 5), seed)),
                _told(at_random_moments(lab, signal.SIGTERM, max(1, kills // 5), seed)),
            ]
        million = _told(read_a_million(lines))
    command = f"python -m conflict_events.eval.faults -o eval/results/faults --kills {kills} --steps {steps}"
    command += f" --lines {lines} --seed {seed}"
    seconds = time.monotonic() - started
    return Results(command, len(known), tuple(tallies), tuple(around), tuple(untried), million, seconds)


def _told(result: _T) -> _T:
    print(result, file=sys.stderr, flush=True)
    return result


if __name__ == "__main__":
    sys.exit(main())
