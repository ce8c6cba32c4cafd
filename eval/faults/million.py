"""A million lines of which every hundredth is broken: all others are read, and each broken one is named."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from conflict_events import InputError, read_articles

LINES = 1_000_000
_EVERY = 100


@dataclass(frozen=True, slots=True)
class Million:
    """What was read of `lines` lines, by the CPU in `seconds`; `problems` are the promises not kept."""

    lines: int
    articles: int
    rejected: int
    seconds: float
    problems: tuple[str, ...]


def read_a_million(lines: int = LINES, folder: Path | None = None) -> Million:
    """Write such a file into a temporary folder, read it as `tag` does, and count."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        path = Path(scratch) / "a.jsonl"
        with path.open("w", encoding="utf-8") as stream:
            stream.writelines(
                f'{{"id": "{number}", "text": "broken\n' if number % _EVERY == 0 else _row(number)
                for number in range(1, lines + 1)
            )
        errors: list[InputError] = []
        problems = []
        count, expected = 0, 0
        started = time.process_time()
        for article in read_articles(path, on_error=errors.append):
            count += 1
            expected += 1 + ((expected + 1) % _EVERY == 0)
            if article.id != str(expected):
                problems.append(f"{article.id} came in the place of {expected}")
                break
        seconds = time.process_time() - started
        if count != lines - lines // _EVERY:
            problems.append(f"{count} articles, not {lines - lines // _EVERY}")
        if [error.line for error in errors] != list(range(_EVERY, lines + 1, _EVERY)):
            problems.append("the lines named are not those that are broken")
        return Million(lines, count, len(errors), seconds, tuple(problems))


def _row(number: int) -> str:
    return f'{{"id": "{number}", "text": "The army took hill {number}."}}\n'
