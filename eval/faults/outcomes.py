"""One fault, and what came of it: the exit code, what was said, and whether every article is there once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from conflict_events.errors import ConflictEventsError
from conflict_events.eval.faults.commands import Ended
from conflict_events.eval.faults.folders import ids_of, lost_and_doubled, problems_of
from conflict_events.eval.faults.lab import Lab


class Untried(ConflictEventsError):
    """A fault that cannot be made on this machine."""


@dataclass(frozen=True, slots=True)
class Said:
    """An error line that must come: the file (or what else it begins with), its line or row, and words."""

    place: str
    line: int | None
    words: str

    def is_in(self, error: str) -> bool:
        """Whether an error line is this one."""
        start = f"{self.place}, line {self.line}: " if self.line else self.place
        return error.startswith(start) and self.words in error


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a fault. `problems` are the promises not kept: none, if all is well."""

    fault: str
    status: int
    said: str
    articles: int
    lost: int
    doubled: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with a name for the table, and what does it and looks at what came of it."""

    name: str
    happen: Callable[[Lab], Outcome]


def judged(
    fault: str,
    ended: Ended,
    out: Path,
    *,
    status: int,
    said: Sequence[Said],
    ids: Sequence[str],
    also: Sequence[str] = (),
) -> Outcome:
    """Hold what a command did against what it had to do; `also` are problems found by other means."""
    problems = list(also)
    if ended.status != status:
        problems.append(f"ended with {ended.status}, not {status}: {ended.said}")
    if ended.has_traceback:
        problems.append(f"showed a traceback: {ended.said}")
    problems += [f"did not say {one}" for one in said if not any(one.is_in(error) for error in ended.errors)]
    if len(ended.errors) != len(said):
        problems.append(f"said {len(ended.errors)} error lines, not {len(said)}: {ended.errors}")
    repeated = {id for id, count in Counter(ids).items() if count > 1}
    problems += [
        problem
        for problem in problems_of(out)
        if not any(problem.startswith(f"{id} is there") for id in repeated)
    ]
    problems += [f"{path.name} was left" for path in out.rglob(".*.tmp")]
    lost, doubled = lost_and_doubled(ids, ids_of(out))
    if lost or doubled:
        problems.append(f"{lost} articles lost, {doubled} doubled")
    first = ended.errors[0] if ended.errors else ""
    return Outcome(fault, ended.status, first, len(ids), lost, doubled, tuple(problems))
