"""`conflict-events card`: what a model is, was trained on and can do, as its card says."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def card(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL]", help="Model folder or hub id. Default: the one that comes with it."
        ),
    ] = None,
) -> None:
    """Print a model's card."""
    from conflict_events.hub import read_card
    from conflict_events.model_folder import load_model_folder
    from conflict_events.printable import printable_lines

    typer.echo(printable_lines(read_card(load_model_folder(model))), nl=False)


if __name__ == "__main__":
    from conflict_events.scripts.cli import main

    main(["card", *sys.argv[1:]])
