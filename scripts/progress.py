"""How far tagging has come, while it runs and at its end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from conflict_events.errors import InputError
from conflict_events.runs.counts import Counts, number_of
from conflict_events.scripts.messages import print_error

if TYPE_CHECKING:
    from conflict_events.runs import Run
    from conflict_events.runs.work import Progress as UnitProgress

_SHOWN_REJECTIONS = 10
_REFRESH_SECONDS = 0.2
# Chunks come every few seconds; the time left is estimated over many of them.
_ESTIMATED_OVER_SECONDS = 300.0


def no_progress(counts: Counts) -> None:
    """Show nothing: for runs that are quiet or not on a terminal."""


@contextmanager
def shown_progress() -> Iterator[Callable[[Counts], None]]:
    """Show on standard error how many articles are done; error lines scroll by above it."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    started = time.perf_counter()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading")

        def advance(counts: Counts) -> None:
            progress.update(
                task, description=_line(counts, counts.sentences / (time.perf_counter() - started))
            )

        yield advance


@contextmanager
def shown_run(run: Run, *, visible: bool) -> Iterator[Callable[[UnitProgress], None]]:
    """Show a run's share of all bytes of its inputs, its counts, its rate and the time left."""
    if not visible:
        yield lambda progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.description}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    state = _RunState(run)
    with Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        speed_estimate_period=_ESTIMATED_OVER_SECONDS,
    ) as shown:
        task = shown.add_task("loading the model", total=run.total_bytes, completed=run.done_bytes)

        def advance(progress: UnitProgress) -> None:
            if state.take(progress):
                shown.update(task, completed=state.bytes, description=_line(state.counts, state.rate))

        yield advance


class Rejections:
    """Tells the first rejected records on standard error, and where the others are."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._told = 0

    def tell(self, line: bytes) -> None:
        """Take the JSON line of a rejected record."""
        self._told += 1
        if self._told <= _SHOWN_REJECTIONS:
            record = json.loads(line)
            print_error(InputError(record["reason"], path=record["file"], line=record["line"]))
        elif self._told == _SHOWN_REJECTIONS + 1:
            print_error(InputError(f"more records were rejected: all are in {self._place}"))


class _RunState:
    """Sums of what the units at work have done, and of what was done before."""

    def __init__(self, run: Run) -> None:
        self.bytes = run.done_bytes
        self.counts = run.done_units
        self._before = run.done.sentences
        self._units: dict[int, UnitProgress] = {}
        self._started = time.perf_counter()
        self._shown = self._started

    @property
    def rate(self) -> float:
        """Sentences a second since this start."""
        return (self.counts.sentences - self._before) / (time.perf_counter() - self._started)

    def take(self, progress: UnitProgress) -> bool:
        """Take what a unit tells; whether it is time to show it."""
        before = self._units.get(progress.unit)
        self._units[progress.unit] = progress
        self.bytes += progress.bytes - (before.bytes if before else 0)
        for name in ("articles", "sentences", "rejected"):
            change = getattr(progress.counts, name) - (getattr(before.counts, name) if before else 0)
            setattr(self.counts, name, getattr(self.counts, name) + change)
        if time.perf_counter() < self._shown + _REFRESH_SECONDS:
            return False
        self._shown = time.perf_counter()
        return True


def _line(counts: Counts, rate: float) -> str:
    rejected = f", {counts.rejected:,} rejected" if counts.rejected else ""
    return f"{number_of(counts.articles, 'article')}{rejected}, {rate:,.0f} sentences/s"
