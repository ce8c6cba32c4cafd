"""`conflict-events tag`: raw articles in, tagged sentences out, as a table or a file."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

EPILOG = """
[bold]Examples[/bold]

  conflict-events tag article.txt

  conflict-events tag inbox/ -o events.csv

  conflict-events tag news.parquet --text-column body -o events.parquet

  conflict-events tag parts/*.parquet -o events/ --format parquet

  cat article.txt | conflict-events tag - --labels airstrike --threshold 0.8

[bold]Exit codes[/bold]

  0    every article was tagged

  2    the command or an input was wrong (the other inputs are done)

  130  interrupted; 143 terminated (a run into a folder goes on with the same command)
"""
_MODEL = "Model"
_READING = "Reading"
_RUN = "Runs into a folder"
_CLUSTER = "With --engine ray"


def tag(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="Articles: .txt, .md, .html, .jsonl, .csv, .tsv, .parquet, also compressed; folders of such "
            "files; globs; s3:// and the like; - for standard input.",
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="PLACE",
            help="Write to a file; - is standard output. A folder (out/) is filled by a run, which goes on "
            "where it was stopped.",
            show_default=False,
        ),
    ] = "-",
    format: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT",
            help="table, jsonl, csv, parquet or html; for a folder parquet, jsonl or csv. Default: what the "
            "file's name says; without a file a table.",
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="LABEL,...", help="Look for these labels alone, separated by commas. Default: all."
        ),
    ] = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCORE",
            help="The score from which a label is given: 0.6 for all labels, advance=0.6 for one; "
            "repeatable. Default: the model's own.",
        ),
    ] = None,
    all_sentences: Annotated[
        bool, typer.Option("--all-sentences", help="Show the sentences without a label, too.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="No progress and no summary; errors are shown.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first record that cannot be read.")
    ] = False,
    rejected: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write what cannot be read to FILE.", show_default=False),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="Model folder or hub id. Default: the model that comes with it.", rich_help_panel=_MODEL
        ),
    ] = None,
    device: Annotated[
        str, typer.Option(metavar="NAME", help="auto, cpu, cuda or mps.", rich_help_panel=_MODEL)
    ] = "auto",
    runtime: Annotated[
        str, typer.Option(metavar="NAME", help="auto, openvino or torch.", rich_help_panel=_MODEL)
    ] = "auto",
    precision: Annotated[
        str, typer.Option(metavar="NAME", help="auto, fp32, bf16, fp16 or int8.", rich_help_panel=_MODEL)
    ] = "auto",
    input_format: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT",
            help="text, markdown, html, jsonl, csv, tsv or parquet, whatever the files' names say.",
            rich_help_panel=_READING,
        ),
    ] = None,
    text_column: Annotated[
        str, typer.Option(metavar="NAME", help="Column of the text.", rich_help_panel=_READING)
    ] = "text",
    id_column: Annotated[
        str, typer.Option(metavar="NAME", help="Column of the id.", rich_help_panel=_READING)
    ] = "id",
    title_column: Annotated[
        str, typer.Option(metavar="NAME", help="Column of the title.", rich_help_panel=_READING)
    ] = "title",
    source_column: Annotated[
        str, typer.Option(metavar="NAME", help="Column of the source.", rich_help_panel=_READING)
    ] = "source",
    date_column: Annotated[
        str, typer.Option(metavar="NAME", help="Column of the date.", rich_help_panel=_READING)
    ] = "date",
    engine: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="local or ray. Default: local.", rich_help_panel=_RUN),
    ] = None,
    part_size: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Articles in a file written. Default: 10,000.", rich_help_panel=_RUN
        ),
    ] = None,
    unit_size: Annotated[
        float | None,
        typer.Option(
            min=0.0001,
            metavar="MB",
            help="How much of the inputs a worker takes at a time. Default: 64.",
            rich_help_panel=_RUN,
        ),
    ] = None,
    compression: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="none, gzip or zstd, for JSONL and CSV. Default: none.", rich_help_panel=_RUN
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Workers, at most. Default: as many as fit.", rich_help_panel=_CLUSTER
        ),
    ] = None,
    cpus_per_worker: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="CPU threads of a worker. Default: what suits the nodes, at most 4.",
            rich_help_panel=_CLUSTER,
        ),
    ] = None,
    gpus_per_worker: Annotated[
        float,
        typer.Option(
            min=0, metavar="N", help="GPUs of a worker, also a part of one.", rich_help_panel=_CLUSTER
        ),
    ] = 0,
    ray_address: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="The cluster's head node; auto on one of its nodes. Default: RAY_ADDRESS, or else this "
            "machine alone.",
            show_default=False,
            rich_help_panel=_CLUSTER,
        ),
    ] = None,
) -> None:
    """Tag the sentences of articles with the events they report."""
    from conflict_events.reading import Columns
    from conflict_events.scripts.output_checks import check_output, run_files
    from conflict_events.scripts.tag_file import tag_into_file
    from conflict_events.scripts.tag_options import Asked, names_a_folder
    from conflict_events.scripts.tag_run import tag_into_folder

    asked = Asked(
        paths=paths,
        output=output,
        format=format,
        labels=labels,
        thresholds=threshold or [],
        all_sentences=all_sentences,
        quiet=quiet,
        strict=strict,
        rejected=rejected,
        model=model,
        device=device,
        runtime=runtime,
        precision=precision,
        input_format=input_format,
        columns=Columns(id_column, text_column, title_column, source_column, date_column),
        engine=engine,
        part_size=part_size,
        unit_size=unit_size,
        compression=compression,
        workers=workers,
        cpus_per_worker=cpus_per_worker,
        gpus_per_worker=gpus_per_worker,
        ray_address=ray_address,
    )
    if not names_a_folder(output, format):
        raise typer.Exit(tag_into_file(asked))
    check_output(output, paths, files=run_files(format, compression))
    raise typer.Exit(tag_into_folder(asked))


if __name__ == "__main__":
    from conflict_events.scripts.cli import main

    main(["tag", *sys.argv[1:]])
