"""What a large run takes and costs on a cluster, from rates that were measured and prices that are assumed.

    python -m conflict_events.eval.cluster_plan eval/results/benchmark/benchmark.json -o eval/results/cluster

A rate is that of `conflict-events benchmark` from articles on a disk to events on a disk, for each core, and
is taken to hold for any number of cores, less what a cluster loses: workers that start, wait for the last
unit, or do again what a lost node was at.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from conflict_events.errors import ConflictEventsError
from conflict_events.eval.command import error_in_a_line
from conflict_events.output.folders import make_folder
from conflict_events.pages.whole_file import write_whole

CORES = (16, 64, 256, 1024)


@dataclass(frozen=True, slots=True)
class Measured:
    """A rate from articles to events: sentences a second on so many cores, and sentences an article."""

    processor: str
    cores: int
    sentences_per_second: float
    sentences_per_article: float


@dataclass(frozen=True, slots=True)
class Assumed:
    """What was not measured: the part of the rate that a cluster keeps, dollars an hour of a core, bytes."""

    kept: float
    core_hour: float
    spot_core_hour: float
    bytes_per_article: int


def read_measured(file: Path) -> Measured:
    """Read the rate on CPUs from a benchmark's figures.

    Raises:
        ConflictEventsError: there is no such file, or no such rate in it.
    """
    try:
        figures: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        [row] = [row for row in figures["end_to_end"] if row["device"] == "cpu"]
        return Measured(
            processor=figures["machine"]["processor"],
            cores=figures["machine"]["threads"],
            sentences_per_second=statistics.median(row["whole"]),
            sentences_per_article=row["sentences"] / row["articles"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConflictEventsError(
            f"{file}: holds no rate from articles to events on a CPU ({error}): make it by "
            "`conflict-events benchmark`"
        ) from error


def core_hours(articles: int, measured: Measured, kept: float) -> float:
    """Hours of one core that so many articles take on a cluster."""
    sentences = articles * measured.sentences_per_article
    per_core = measured.sentences_per_second / measured.cores
    return sentences / (per_core * kept) / 3600


def plan_lines(articles: int, measured: Measured, assumed: Assumed, source: str) -> Iterator[str]:
    """The plan as Markdown."""
    hours = core_hours(articles, measured, assumed.kept)
    per_core = measured.sentences_per_second / measured.cores
    yield from (
        f"# A plan for {articles:,} articles",
        "",
        f"Measured ({source}; {measured.processor}, {measured.cores} cores): "
        f"{measured.sentences_per_second:,.0f} sentences/s from articles to events, {per_core:,.0f} for each "
        f"core, and {measured.sentences_per_article:.1f} sentences an article.",
        "",
        f"Assumed, and to be replaced by your own: a cluster keeps {assumed.kept:.0%} of that rate; a core "
        f"costs ${assumed.core_hour:g} an hour, or ${assumed.spot_core_hour:g} where it may be taken away at "
        f"any time; an article is {assumed.bytes_per_article:,} bytes.",
        "",
        f"So the articles are {articles * assumed.bytes_per_article / 1e9:,.0f} GB with "
        f"{articles * measured.sentences_per_article / 1e6:,.0f} million sentences, and take {hours:,.0f} "
        "hours of one core.",
        "",
        "| cores | hours | dollars | dollars on cores that may be taken away |",
        "| --- | --- | --- | --- |",
    )
    for cores in CORES:
        cost, spot = hours * assumed.core_hour, hours * assumed.spot_core_hour
        yield f"| {cores:,} | {hours / cores:,.1f} | {cost:,.0f} | {spot:,.0f} |"


@error_in_a_line
def main(
    benchmark: Annotated[Path, typer.Argument(help="benchmark.json of `conflict-events benchmark`.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of plan.md.")] = Path(),
    articles: Annotated[int, typer.Option(help="Articles to tag.")] = 100_000_000,
    kept: Annotated[float, typer.Option(help="Part of the rate that a cluster keeps.")] = 0.8,
    core_hour: Annotated[float, typer.Option(help="Dollars an hour of a core.")] = 0.05,
    spot_core_hour: Annotated[float, typer.Option(help="The same, for one that may be taken away.")] = 0.02,
    article_bytes: Annotated[int, typer.Option(help="Bytes of an article.")] = 4_000,
) -> None:
    """Write plan.md."""
    measured = read_measured(benchmark)
    assumed = Assumed(kept, core_hour, spot_core_hour, article_bytes)
    command = f"    python -m conflict_events.eval.cluster_plan {' '.join(sys.argv[1:])}"
    lines = [*plan_lines(articles, measured, assumed, benchmark.as_posix()), "", command]
    make_folder(output)
    write_whole(output / "plan.md", "\n".join(lines) + "\n")


if __name__ == "__main__":
    typer.run(main)
