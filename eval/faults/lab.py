"""Where runs are made and disturbed: a model, an inbox, and in each format a run without a disturbance."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from conflict_events.errors import ConflictEventsError
from conflict_events.eval.faults.commands import Commands, Ended
from conflict_events.eval.faults.folders import difference, ids_of, lost_and_doubled, problems_of
from conflict_events.eval.faults.material import Inbox, write_inbox, write_model
from conflict_events.eval.faults.meddling import Meddling

FORMATS = ("jsonl", "parquet", "csv", "jsonl.gz")
REJECTED = 2
_PART_SIZE, _UNIT_MB = 8, 0.002


@dataclass
class Tally:
    """What came of many disturbed runs; `moments` counts the disturbances by where they fell."""

    name: str
    runs: int = 0
    starts: int = 0
    disturbed: int = 0
    articles: int = 0
    lost: int = 0
    doubled: int = 0
    moments: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def disturbed_at(self, moment: str) -> None:
        """Count a disturbance by where it fell."""
        self.moments[moment] = self.moments.get(moment, 0) + 1


class Lab:
    """A folder to make runs in, and the commands to make them with; made by `open_lab`."""

    def __init__(self, root: Path, commands: Commands) -> None:
        self.root = root
        self.commands = commands
        self.inbox: Inbox = write_inbox(root / "inbox")
        if not (root / "model").exists():
            write_model(root / "model")
        self._undisturbed: dict[str, tuple[Path, float]] = {}
        self._folders = 0

    def new_folder(self) -> Path:
        """A path for a run, at which nothing is yet."""
        self._folders += 1
        return self.root / f"out-{self._folders:05d}"

    def arguments(self, out: Path, format: str, inputs: str = "inbox") -> list[str]:
        """The command that tags the inputs into a folder, in parts and units that are small."""
        kind, _, packed = format.partition(".")
        model, sizes = ["--model", "model"], ["--part-size", str(_PART_SIZE), "--unit-size", str(_UNIT_MB)]
        compressed = ["--compression", "gzip"] if packed else []
        return [
            "tag",
            inputs,
            "-o",
            f"{out.name}/",
            "--format",
            kind,
            "--all-sentences",
            *model,
            *sizes,
            *compressed,
        ]

    def run(
        self,
        out: Path,
        format: str,
        *,
        meddling: Meddling | None = None,
        signal: int | None = None,
        after: float | None = None,
    ) -> Ended:
        """Run the command on the inbox."""
        return self.commands.run(
            self.arguments(out, format), self.root, meddling=meddling, signal=signal, after=after
        )

    def undisturbed(self, format: str) -> tuple[Path, float]:
        """A finished run that nothing happened to, and how many seconds it took."""
        if format not in self._undisturbed:
            out = self.new_folder()
            ended = self.run(out, format)
            if ended.status != REJECTED or ids_of(out) != list(self.inbox.ids):
                raise ConflictEventsError(f"the run that nothing happened to went wrong: {ended.said}")
            self._undisturbed[format] = out, ended.seconds
        return self._undisturbed[format]

    def look(self, tally: Tally, out: Path, ended: Ended) -> None:
        """Look at a folder between two starts."""
        tally.starts += 1
        tally.problems += [f"{out.name}: {problem}" for problem in problems_of(out)]
        if ended.has_traceback:
            tally.problems.append(f"{out.name}: {ended.said}")

    def conclude(self, tally: Tally, out: Path, format: str, ended: Ended) -> None:
        """Compare what a run came to in the end with what it had to come to, and remove it if it is right."""
        before = len(tally.problems)
        self.look(tally, out, ended)
        if ended.status != REJECTED:
            tally.problems.append(f"{out.name}: ended with {ended.status}: {ended.said}")
        tally.problems += [f"{out.name}: {found}" for found in difference(out, self.undisturbed(format)[0])]
        lost, doubled = lost_and_doubled(self.inbox.ids, ids_of(out))
        tally.runs += 1
        tally.articles += len(self.inbox.ids)
        tally.lost += lost
        tally.doubled += doubled
        if len(tally.problems) == before:
            shutil.rmtree(out)


@contextmanager
def open_lab(root: Path) -> Iterator[Lab]:
    """Make a lab in an empty folder; it is fast in one that lies in memory (/dev/shm)."""
    with Commands() as commands:
        yield Lab(root, commands)
