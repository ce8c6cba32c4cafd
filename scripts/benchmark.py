"""`conflict-events benchmark`: how fast a model tags on this machine, beside its alternatives."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from conflict_events.annotations.options import CorporaOption

EPILOG = "Sections: throughput, end-to-end, cold-start, parity, training, growth, memory."


def benchmark(
    articles: Annotated[
        list[str] | None,
        typer.Argument(help="Articles to measure with, files or folders. Default: the seeds, repeated."),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the tables, the figures in JSON and the plots.")
    ] = Path("benchmark"),
    model: Annotated[
        str | None, typer.Option(help="Model folder or hub id. Default: the shipped weights.")
    ] = None,
    training: Annotated[
        list[Path] | None,
        typer.Option(help="Labelled file to measure training with; repeat for more. Default: those shipped."),
    ] = None,
    corpora: CorporaOption = None,
    only: Annotated[str | None, typer.Option(help="Measure these sections alone: a,b.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds, of which medians are taken.")] = 5,
    seconds: Annotated[float, typer.Option(min=0.1, help="About how long a case takes in a round.")] = 4.0,
    most_articles: Annotated[
        int, typer.Option(min=100, help="The largest of 100, 1,000, 10,000 and 100,000 articles to tag.")
    ] = 100_000,
    most_short_articles: Annotated[
        int,
        typer.Option(
            min=1_000, help="The largest of 1,000 to 1,000,000 articles of one sentence to watch memory on."
        ),
    ] = 100_000,
) -> None:
    """Measure throughput, time end to end, cold start, parity, training, growth and memory on this machine.

    All figures stand beside those of the alternatives in the same run. Exits with 1 if a way to compute that
    is chosen by itself changes more decisions than are tolerated.
    """
    from conflict_events.eval.benchmark.report import page_lines, write_report
    from conflict_events.eval.benchmark.run import SECTIONS, Plan, run_benchmark
    from conflict_events.output.folders import make_folder

    plan = Plan(
        model=model,
        articles=tuple(articles or ()),
        training=tuple(training or ()),
        corpora=corpora,
        sections=SECTIONS if only is None else tuple(name.strip() for name in only.split(",")),
        rounds=rounds,
        seconds=seconds,
        most_articles=most_articles,
        most_short_articles=most_short_articles,
    )
    make_folder(output)
    given = sys.argv[2:] if sys.argv[1:2] == ["benchmark"] else sys.argv[1:]
    result = run_benchmark(
        plan,
        lambda line: print(line, file=sys.stderr, flush=True),
        command=shlex.join(["python", "scripts/benchmark.py", *given]),
    )
    written = write_report(result, output)
    print("\n".join(page_lines(result)))
    print("\n".join(f"wrote {file}" for file in written), file=sys.stderr)
    if not all(parity.passes for parity in result.parity if parity.automatic):
        raise typer.Exit(1)


if __name__ == "__main__":
    from conflict_events.scripts.cli import main

    main(["benchmark", *sys.argv[1:]])
