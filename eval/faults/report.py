"""The tables of what was tried and what came of it, as Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from conflict_events.eval.faults.lab import Tally
from conflict_events.eval.faults.million import Million
from conflict_events.eval.faults.outcomes import Outcome
from conflict_events.output.files import reported
from conflict_events.pages.whole_file import write_whole


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that was tried: `steps` is how many a run has; `untried` has names and reasons."""

    command: str
    steps: int
    tallies: tuple[Tally, ...]
    outcomes: tuple[Outcome, ...]
    untried: tuple[tuple[str, str], ...]
    million: Million
    seconds: float

    @property
    def problems(self) -> list[str]:
        """Promises that were not kept."""
        found = [problem for tally in self.tallies for problem in tally.problems]
        found += [f"{one.fault}: {problem}" for one in self.outcomes for problem in one.problems]
        return [*found, *self.million.problems]


def write_report(results: Results, folder: Path) -> None:
    """Write README.md and faults.json into a folder.

    Raises:
        OutputError: the folder cannot be written.
    """
    with reported(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / "README.md", "\n".join(_page(results)) + "\n")
        write_whole(folder / "faults.json", json.dumps(asdict(results), indent=1) + "\n")


def _page(results: Results) -> Iterator[str]:
    yield "# Faults, and what became of the articles"
    yield ""
    yield f"Made by `{results.command}` in {results.seconds:,.0f} s, with a small untrained model."
    yield ""
    yield "## Runs that were stopped and went on"
    yield ""
    yield (
        "Each run tags some hundred articles of all formats in small parts, is stopped, often once more as "
        "it goes on, and is compared byte by byte with a run that nothing happened to. After each stop every "
        "visible file is read. Moments fall anywhere between a run's start and its end; a run does "
        f"{results.steps} steps (opening, forcing to the disk, renaming, removing, listing) on files of its "
        "folder."
    )
    yield ""
    yield "| what | runs | stopped | starts | articles | lost | doubled | half-written or other faults |"
    yield "|---|---|---|---|---|---|---|---|"
    for tally in results.tallies:
        numbers = (tally.runs, tally.disturbed, tally.starts, tally.articles, tally.lost, tally.doubled)
        yield f"| {tally.name} | {' | '.join(f'{number:,}' for number in numbers)} | {len(tally.problems)} |"
    yield ""
    yield "Where they were stopped:"
    yield ""
    for tally in results.tallies:
        moments = ", ".join(f"{count} {moment}" for moment, count in sorted(tally.moments.items()))
        yield f"- {tally.name}: {moments}"
    yield ""
    yield "## Faults one by one"
    yield ""
    yield (
        "Lost and doubled are counted at the end: where the fault stopped the run, after the same command "
        "was started again; where it lies in an input, among the articles that can be read, those beside it "
        "included."
    )
    yield ""
    yield "| fault | exit code | first error line | articles | lost | doubled | promises broken |"
    yield "|---|---|---|---|---|---|---|"
    for one in results.outcomes:
        said = f"`{_cell(one.said)}`" if one.said else "none"
        yield (
            f"| {one.fault} | {_status(one.status)} | {said} | {one.articles:,} | {one.lost} "
            f"| {one.doubled} | {len(one.problems)} |"
        )
    million = results.million
    kept = million.lines - million.lines // 100
    yield (
        f"| {million.lines:,} lines, every hundredth broken (reading alone, {million.seconds:.0f} s of CPU) "
        f"| | {million.rejected:,} lines named | {million.articles:,} | {max(0, kept - million.articles)} | "
        f"{max(0, million.articles - kept)} | {len(million.problems)} |"
    )
    for name, reason in results.untried:
        yield f"| {name} | not tried here: {_cell(reason)} | | | | | |"


def _status(status: int) -> str:
    return "killed" if status < 0 else str(status)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("`", "'")
