"""`conflict-events report`: an overview of what was tagged, as one page with its plots."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

EPILOG = """
[bold]Examples[/bold]

  conflict-events tag inbox/ --all-sentences -o events.parquet

  conflict-events report events.parquet -o report/
"""


def report(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="EVENTS...", help="Files that `conflict-events tag` wrote: .parquet, .jsonl or .csv."
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="Write index.html and figures/ (PNG and SVG) into FOLDER.",
        ),
    ] = "report",
) -> None:
    """Show events over time and by outlet, stories told by several outlets, and what they say of the dead."""
    from conflict_events.errors import InputError
    from conflict_events.output.folders import make_folder
    from conflict_events.overview import overview_of, read_events, write_overview

    overview = overview_of(read_events(paths))
    make_folder(output)
    try:
        page = write_overview(overview, output)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", path=error.filename or output) from error
    several = sum(story.outlets > 1 for story in overview.stories)
    print(
        f"{page}: {_number(overview.tally.articles, 'article', 'articles')}, "
        f"{_number(overview.tally.events, 'sentence', 'sentences')} with events, "
        f"{_number(several, 'story', 'stories')} told by several outlets",
        file=sys.stderr,
    )


def _number(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


if __name__ == "__main__":
    from conflict_events.scripts.cli import main

    main(["report", *sys.argv[1:]])
