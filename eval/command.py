"""What the commands `python -m conflict_events.eval.…` share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer

from conflict_events.errors import ConflictEventsError, DataError
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


def rising_numbers(option: str, told: str, most: int | None = None) -> list[int]:
    """What stands in an option as "1,3": raises DataError unless it is whole numbers from 1 on that rise.

    `most` is how many sentences there are, if the numbers are of sentences.
    """
    try:
        numbers = [int(part) for part in told.split(",")]
    except ValueError:
        numbers = []
    if not numbers or numbers[0] < 1 or numbers != sorted(set(numbers)):
        raise DataError(f"{option} {told!r}: give whole numbers that rise, such as 1,3")
    if most is not None and numbers[-1] > most:
        raise DataError(f"{option} {told!r}: there are {most:,} sentences to draw from")
    return numbers
