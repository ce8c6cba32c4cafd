"""Does a cluster write what one machine writes, whatever dies meanwhile? Runs, kills, and a table of both.

    python -m conflict_events.eval.cluster_trial ARTICLES ... -o eval/results/cluster

The same articles (without ARTICLES, those in seeds/, many times under new ids) are tagged by the engine
`local` once, and then by the engine `ray` on a cluster of several nodes on this machine, undisturbed and with
workers, nodes and the command itself killed (SIGKILL) in the middle. It says nothing of speed, as the nodes
share this machine's cores.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from conflict_events.errors import ConflictEventsError
from conflict_events.eval.benchmark.machine import this_machine
from conflict_events.eval.benchmark.material import read_material, write_repeated
from conflict_events.eval.small_cluster import SmallCluster
from conflict_events.output.folders import make_folder
from conflict_events.pages.whole_file import write_whole

WORKER, NODE, JOIN, COMMAND = "a worker", "a node", "+ a node", "the command"
TRIALS: tuple[tuple[str, ...], ...] = (
    (),
    (WORKER,),
    (WORKER, WORKER, WORKER),
    (NODE,),
    (NODE, JOIN),
    (COMMAND,),
    (WORKER, NODE, COMMAND, JOIN, WORKER),
)
"""What happens to the parts of the cluster in each trial, evenly over its run."""

NODES = 2
PART_SIZE = 5
UNITS = 16
_POLL_SECONDS = 0.05
_MOST_SECONDS = 1800

Parts = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a trial came to, held against the local engine's output, of which a row is an article.

    `lost` articles are missing and `twice` ones are there again; `differing` counts rows that are not the
    same at the same place of the same part. `killed` are process ids.
    """

    happened: tuple[str, ...]
    killed: tuple[int, ...]
    parts: int
    articles: int
    lost: int
    twice: int
    differing: int

    @property
    def good(self) -> bool:
        """Whether nothing is lost, nothing twice and nothing different."""
        return not (self.lost or self.twice or self.differing)


def tag_command(articles: Path, output: Path, *more: str) -> list[str]:
    """The command that tags a file into small parts, sixteen units or so."""
    unit_size = articles.stat().st_size / 2**20 / UNITS
    sizes = ["--part-size", str(PART_SIZE), "--unit-size", f"{unit_size:.6f}"]
    start = [sys.executable, "-m", "conflict_events", "tag", str(articles), "-o", f"{output}/"]
    return [*start, "--format", "jsonl", "--all-sentences", "--quiet", *sizes, *more]


def tag_locally(articles: Path, output: Path) -> Parts:
    """Tag with the local engine, by one thread as each worker does, and return the parts."""
    _finish(subprocess.Popen(tag_command(articles, output), stderr=subprocess.PIPE, text=True))
    return read_parts(output)


def try_cluster(
    cluster: SmallCluster, articles: Path, output: Path, events: Sequence[str], reference: Parts
) -> Outcome:
    """Tag on a cluster while things happen to it, and compare.

    Raises:
        ConflictEventsError: the command failed, or ended before everything had happened.
    """
    options = ["--engine", "ray", "--ray-address", cluster.address]
    command = tag_command(articles, output, *options, "--cpus-per-worker", "1")

    def started() -> subprocess.Popen[str]:
        return subprocess.Popen(command, env=cluster.environment, stderr=subprocess.PIPE, text=True)

    process, killed = started(), list[int]()
    for number, event in enumerate(events, 1):
        _wait_for_parts(process, output, len(reference) * number // (len(events) + 1))
        if event == WORKER:
            killed.append(cluster.kill_worker())
        elif event == NODE:
            killed.extend(cluster.kill_node())
        elif event == JOIN:
            cluster.add_node()
        else:
            process.kill()
            process.wait()
            killed.append(process.pid)
            process = started()
    _finish(process)
    return _compared(tuple(events), tuple(killed), read_parts(output), reference)


def read_parts(output: Path) -> Parts:
    """The rows of each part, by its name."""
    return {path.name: path.read_text(encoding="utf-8").splitlines() for path in output.glob("part-*")}


def _compared(events: tuple[str, ...], killed: tuple[int, ...], parts: Parts, reference: Parts) -> Outcome:
    ids, expected = _ids(parts), _ids(reference)
    names = parts.keys() | reference.keys()
    return Outcome(
        happened=events,
        killed=killed,
        parts=len(parts),
        articles=ids.total(),
        lost=(expected - ids).total(),
        twice=(ids - expected).total(),
        differing=sum(_differing(parts.get(name, ()), reference.get(name, ())) for name in names),
    )


def _differing(rows: Sequence[str], expected: Sequence[str]) -> int:
    same = sum(row == other for row, other in zip(rows, expected, strict=False))
    return max(len(rows), len(expected)) - same


def _ids(parts: Parts) -> Counter[str]:
    return Counter(json.loads(row)["id"] for rows in parts.values() for row in rows)


def _wait_for_parts(process: subprocess.Popen[str], output: Path, count: int) -> None:
    while len(list(output.glob("part-*"))) < max(1, count):
        if process.poll() is not None:
            _finish(process)
            raise ConflictEventsError(
                f"{output}: was done before everything had happened to it: give more articles"
            )
        time.sleep(_POLL_SECONDS)


def _finish(process: subprocess.Popen[str]) -> None:
    _, said = process.communicate(timeout=_MOST_SECONDS)
    if process.returncode:
        raise ConflictEventsError(f"tagging failed with exit code {process.returncode}: {said.strip()}")


def _page(outcomes: Sequence[Outcome], arguments: Sequence[str], reference: Parts) -> Iterator[str]:
    machine = this_machine()
    rows = sum(map(len, reference.values()))
    yield from (
        "# A cluster with parts killed",
        "",
        f"{machine.processor}, {machine.cores} cores, {machine.system}; Ray {version('ray')}, a head and "
        f"{NODES} nodes on this machine.",
        "",
        f"    python -m conflict_events.eval.cluster_trial {' '.join(arguments)}",
        "",
        f"{rows:,} articles were tagged by the engine `local`, into {len(reference)} parts, and then by the "
        "engine `ray`, while what is named was killed (SIGKILL), in this order, evenly over the run. A node "
        "is killed with all its processes, of which the workers are counted; `+` is a node that joins; the "
        "command, once killed, was given again at once. Rows are articles with all sentences and scores, "
        "compared as text at the same place of the same part.",
        "",
        "| killed | commands and workers killed | parts | articles | lost | twice | rows that differ |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    )
    for outcome in outcomes:
        cells = (
            ", ".join(outcome.happened) or "nothing",
            len(outcome.killed),
            outcome.parts,
            f"{outcome.articles:,}",
            outcome.lost,
            outcome.twice,
            outcome.differing,
        )
        yield f"| {' | '.join(map(str, cells))} |"


def _write(output: Path, outcomes: Sequence[Outcome], reference: Parts) -> None:
    make_folder(output)
    page = "\n".join(_page(outcomes, sys.argv[1:], reference)) + "\n"
    write_whole(output / "trial.md", page)
    record = json.dumps([asdict(outcome) for outcome in outcomes], indent=1)
    write_whole(output / "trial.json", record + "\n")


def main(
    paths: Annotated[list[str] | None, typer.Argument(metavar="[ARTICLES]...")] = None,
    output: Annotated[Path, typer.Option("--output", "-o")] = Path("eval/results/cluster"),
    count: Annotated[int, typer.Option("--count", help="Articles to tag.")] = 600,
) -> None:
    """Try a cluster, and write trial.md and trial.json."""
    material = read_material(paths or [])
    with tempfile.TemporaryDirectory(prefix="cluster-trial-") as scratch, SmallCluster(NODES) as cluster:
        folder = Path(scratch)
        articles = write_repeated(material.articles, count, folder / "articles.jsonl")
        reference = tag_locally(articles, folder / "local")
        outcomes = list[Outcome]()
        for number, events in enumerate(TRIALS):
            outcomes.append(try_cluster(cluster, articles, folder / f"trial-{number}", events, reference))
            print(outcomes[-1], file=sys.stderr)
            _write(output, outcomes, reference)
            cluster.restore(NODES)
    if not all(outcome.good for outcome in outcomes):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
