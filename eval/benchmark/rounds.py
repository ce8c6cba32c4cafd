"""Timing in interleaved rounds: whatever else the machine does strikes all alternatives alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

_FIRST_TRY = 32


@dataclass(frozen=True, slots=True)
class Case:
    """An alternative: `run` scores all the sentences it is given, and returns when their scores are here."""

    name: str
    run: Callable[[Sequence[str]], object]


@dataclass(frozen=True, slots=True)
class Rate:
    """What was measured of a case: sentences a second in each round, on so many sentences a round."""

    name: str
    sentences: int
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Sentences a second."""
        return statistics.median(self.rounds)


def rates(cases: Sequence[Case], sentences: Sequence[str], *, rounds: int, seconds: float) -> list[Rate]:
    """Time each case once a round, on as many sentences as take it about `seconds`.

    The sentences are repeated where there are too few; finding out how many are needed also warms a case up.
    """
    sizes = {case.name: _size(case, sentences, seconds) for case in cases}
    measured: dict[str, list[float]] = {case.name: [] for case in cases}
    for _ in range(rounds):
        for case in cases:
            measured[case.name].append(_rate(case, sentences, sizes[case.name]))
    return [Rate(case.name, sizes[case.name], tuple(measured[case.name])) for case in cases]


def repeated(sentences: Sequence[str], count: int) -> list[str]:
    """The first `count` sentences, from the start again where there are fewer."""
    return list(islice(cycle(sentences), count))


def timed(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _rate(case: Case, sentences: Sequence[str], size: int) -> float:
    given = repeated(sentences, size)
    return size / timed(lambda: case.run(given))


def _size(case: Case, sentences: Sequence[str], seconds: float) -> int:
    case.run(repeated(sentences, _FIRST_TRY))
    size = _FIRST_TRY
    while (rate := _rate(case, sentences, size)) * seconds > 3 * size:
        size *= 2
    return max(_FIRST_TRY, round(rate * seconds))
