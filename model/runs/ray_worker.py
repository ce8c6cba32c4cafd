"""What a worker of the engine `ray` does: it loads the model once, and tags the units that it is given."""

from __future__ import annotations

import json
import os
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from conflict_events.errors import ConflictEventsError
from conflict_events.runs.counts import Counts
from conflict_events.runs.engine import Options
from conflict_events.runs.errors import RunError
from conflict_events.runs.manifest import read_manifest
from conflict_events.runs.plan import Unit
from conflict_events.runs.record import Part
from conflict_events.runs.settings import Settings
from conflict_events.runs.storage import open_folder
from conflict_events.runs.work import tag_unit

if TYPE_CHECKING:
    from pyarrow import Table

    from conflict_events.tagger import EventTagger

MOST_ATTEMPTS = 10
"""After so many workers that were lost over one unit, the unit is taken to be the cause."""


@dataclass(frozen=True, slots=True)
class Task:
    """What all units of a run have in common, for workers on any machine.

    `begun` is when the run was begun, by which a worker sees that it looks at the same folder. `cwd` is where
    the command was given: relative paths start there.
    """

    settings: Settings
    folder: str
    begun: str
    cwd: str
    options: Options
    cpus: int
    gpus: float


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a worker hands back for a unit: what it came to, or what was wrong; and who did it."""

    unit: int
    counts: Counts
    parts: tuple[Part, ...]
    error: str
    worker: str

    def to_text(self) -> str:
        """Return what `from_text` takes."""
        return json.dumps(asdict(self) | {"counts": self.counts.to_json()})

    @classmethod
    def from_text(cls, text: str) -> Receipt:
        """Make a receipt from what `to_text` gave."""
        data = json.loads(text)
        parts = tuple(Part(**part) for part in data.pop("parts"))
        return cls(**data | {"counts": Counts.from_json(data["counts"])}, parts=parts)


class Attempts:
    """Counts, in a process of its own that outlives the workers, how often each unit was begun."""

    def __init__(self) -> None:
        import ray

        self._counter: Any = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)(_Counter).remote()

    def begin(self, unit: int) -> int:
        """Count one more, and return how many there were."""
        import ray

        return int(ray.get(self._counter.begin.remote(unit)))


class _Counter:
    def __init__(self) -> None:
        self._begun: Counter[int] = Counter()

    def begin(self, unit: int) -> int:
        self._begun[unit] += 1
        return self._begun[unit]


class TagUnits:
    """A worker, as Ray Data calls it: a table of units in, a table of receipts out.

    What a user can mend (a folder that is not shared, a changed input, a full disk) stands in the receipt,
    since an exception would be taken for a failure of the worker. `begin` counts how often a unit was begun.
    """

    def __init__(self, task: Task, begin: Callable[[int], int]) -> None:
        self._task = task
        self._begin = begin
        self._worker = f"{socket.gethostname()}, process {os.getpid()}"
        # Read by the runtimes and the tokenizer when they are first used.
        os.environ["OMP_NUM_THREADS"] = os.environ["RAYON_NUM_THREADS"] = str(task.cpus)
        with suppress(OSError):
            os.chdir(task.cwd)
        self._tagger: EventTagger | None = None

    def __call__(self, units: Table) -> dict[str, list[str]]:
        """Tag the units of a table with the column `unit` (a line of the plan)."""
        lines = units.column("unit").to_pylist()
        return {"receipt": [self._done(Unit.from_line(line)).to_text() for line in lines]}

    def _done(self, unit: Unit) -> Receipt:
        try:
            if self._begin(unit.number) > MOST_ATTEMPTS:
                first = unit.inputs[0].path
                raise RunError(
                    f"unit {unit.number}, which begins with {first}, lost its worker {MOST_ATTEMPTS} times; "
                    "tag its inputs by themselves to see why"
                )
            task = self._task
            result = tag_unit(unit, self._opened(), task.settings, task.folder, strict=task.options.strict)
        except ConflictEventsError as error:
            return Receipt(unit.number, Counts(), (), str(error), self._worker)
        return Receipt(unit.number, result.counts, result.parts, "", self._worker)

    def _opened(self) -> EventTagger:
        if self._tagger is None:
            self._check_folder()
            self._tagger = self._load()
        return self._tagger

    def _load(self) -> EventTagger:
        from conflict_events.tagger import EventTagger

        task = self._task
        device = task.options.device
        if device == "auto":
            device = "cuda" if task.gpus else "cpu"
        settings = task.settings
        return EventTagger.from_pretrained(
            settings.model, device=device, runtime=task.options.runtime, precision=settings.precision
        )

    def _check_folder(self) -> None:
        folder = self._task.folder
        manifest = read_manifest(open_folder(folder))
        if manifest is None or manifest.starts[:1] != (self._task.begun,):
            raise RunError(
                f"{folder}: is not the run's folder on {socket.gethostname()}: write to a folder that all "
                "nodes share, or to a store (s3://...)"
            )
