"""Engines: what sees to it that each unit of a run is done, in this process or in many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol, cast

from conflict_events.errors import ConflictEventsError, MissingExtraError

if TYPE_CHECKING:
    from conflict_events.runs.run import Run
    from conflict_events.runs.work import Progress

# The module of each engine, the package that it needs, and the extra that brings it.
ENGINES = {
    "local": ("conflict_events.runs.local", "", ""),
    "ray": ("conflict_events.runs.ray_engine", "ray", "cluster"),
}


@dataclass(frozen=True, slots=True)
class Options:
    """What computes, which changes nothing in what is written. `strict`: a rejected record ends the run.

    For engine ray: `workers`, at most (None: as many as there is room for), with so many CPUs (None: what
    suits the nodes) and GPUs each, on the cluster at `ray_address` (None: this machine alone).
    """

    device: str = "auto"
    runtime: str = "auto"
    strict: bool = False
    workers: int | None = None
    cpus_per_worker: int | None = None
    gpus_per_worker: float = 0.0
    ray_address: str | None = None


class Engine(Protocol):
    """A module with this function."""

    def run_units(
        self,
        run: Run,
        options: Options,
        *,
        on_progress: Callable[[Progress], None],
        on_rejected: Callable[[bytes], None],
    ) -> None:
        """See that `tag_unit` is done with every unit of `run.pending()`.

        `on_progress` and `on_rejected` are to be called in this process, as often as is cheap.
        """


def engine_named(name: str) -> Engine:
    """Return the engine of a name.

    Raises:
        ConflictEventsError: there is no such engine.
        MissingExtraError: its packages are not installed.
    """
    if name not in ENGINES:
        raise ConflictEventsError(f"no engine {name!r}; there are {', '.join(ENGINES)}")
    module, package, extra = ENGINES[name]
    if package and find_spec(package) is None:
        raise MissingExtraError(f"--engine {name}", extra)
    return cast(Engine, import_module(module))
