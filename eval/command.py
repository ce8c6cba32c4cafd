"""What the commands `python -m conflict_events.eval.…` share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer

from conflict_events.errors import ConflictEventsError
from conflict_events.printable import printable

P = ParamSpec("P")
R = TypeVar("R")


def error_in_a_line(command: Callable[P, R]) -> Callable[P, R]:
    """A command that tells of a user's mistake in one line on standard error and ends with status 2."""

    @functools.wraps(command)
    def run(*args: P.args, **options: P.kwargs) -> R:
        try:
            return command(*args, **options)
        except ConflictEventsError as error:
            typer.echo(f"error: {printable(str(error))}", err=True)
            raise typer.Exit(2) from None

    return run
