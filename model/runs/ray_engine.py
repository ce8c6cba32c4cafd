"""The engine of a cluster: Ray Data hands the units of a run to workers, and replaces those that are lost.

A worker has one model and does a unit at a time with `tag_unit`, as the local engine does; it writes to the
run's folder itself, and only a receipt comes back. A worker that dies is started again where there is room,
and its units are given out again (`max_restarts`, `max_task_retries`); a receipt that was on a lost node is
made again likewise. Nothing is lost by that and nothing is there twice: a unit goes on from its record, and
files appear whole, under names that two workers on one unit share, with the same content.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from conflict_events.runs.engine import Options
from conflict_events.runs.errors import RunError
from conflict_events.runs.plan import Unit
from conflict_events.runs.ray_cluster import Workers, connected, fit_workers, living_nodes
from conflict_events.runs.ray_worker import Attempts, Receipt, TagUnits, Task
from conflict_events.runs.record import FOLDER, read_record, record_name
from conflict_events.runs.run import Run
from conflict_events.runs.storage import Folder, open_folder
from conflict_events.runs.work import Progress

if TYPE_CHECKING:
    from ray.data import Dataset

MOST_BLOCKS = 10_000
"""Units are handed out one by one up to so many; of more, several at a time."""

_ROUNDS = 3


def run_units(
    run: Run,
    options: Options,
    *,
    on_progress: Callable[[Progress], None],
    on_rejected: Callable[[bytes], None],
) -> None:
    """Tag the units of a run that are not done, on the cluster that `options.ray_address` names.

    `on_progress` and `on_rejected` are called when a unit is done.

    Raises:
        RunError: there is no such cluster or no room on it, or a worker met what a user has to mend; what was
            done stays good.
        MissingExtraError: Ray is not installed.
    """
    if options.device not in ("auto", "cpu") and not options.gpus_per_worker:
        raise RunError(f"--device {options.device} needs --gpus-per-worker, by which Ray hands out the GPUs")
    units = {unit.number: unit for unit in run.pending()}
    if not units:
        return
    folder = open_folder(run.folder)
    told = _parts_before(folder, units)
    with connected(options.ray_address):
        workers = fit_workers(
            living_nodes(),
            workers=options.workers,
            cpus=options.cpus_per_worker,
            gpus=options.gpus_per_worker,
        )
        task = Task(
            run.settings,
            run.folder,
            run.manifest.starts[0],
            str(Path.cwd()),
            options,
            workers.cpus,
            workers.gpus,
        )
        # A second round has work only where a node was taken for lost, yet lived, and set a record back.
        for _ in range(_ROUNDS):
            with closing(_receipts(units.values(), task, workers)) as receipts:
                for receipt in receipts:
                    _tell(receipt, units[receipt.unit], folder, told, on_progress, on_rejected)
            units = {number: unit for number, unit in units.items() if not read_record(folder, number).done}
            if not units:
                return
    raise RunError(f"{run.folder}: unit {min(units)} is not done: start the same command again")


def _receipts(units: Iterable[Unit], task: Task, workers: Workers) -> Generator[Receipt, None, None]:
    """Give the units to workers, and yield their receipts as they come."""
    import ray

    with _quiet_data():
        try:
            for row in _dataset(units, task, workers).iter_rows():
                receipt = Receipt.from_text(row["receipt"])
                if receipt.error:
                    raise RunError(f"{receipt.error} (worker on {receipt.worker})")
                yield receipt
        except ray.exceptions.RayError as error:
            raise RunError(
                f"the cluster could not go on: {_cause(error)}; every node needs this version of "
                "conflict-events with the extra cluster; the same command goes on from here"
            ) from error


def _dataset(units: Iterable[Unit], task: Task, workers: Workers) -> Dataset:
    import ray.data

    items = [{"unit": unit.to_line()} for unit in units]
    given_out = ray.data.from_items(items, override_num_blocks=min(len(items), MOST_BLOCKS))
    return given_out.map_batches(
        TagUnits,
        fn_constructor_args=(task, Attempts().begin),
        batch_size=1,
        batch_format="pyarrow",
        num_cpus=workers.cpus,
        num_gpus=workers.gpus or None,
        # With fewer workers allowed than wanted, those without work make room at the end for one that lost
        # its node and still has a unit.
        compute=ray.data.ActorPoolStrategy(
            min_size=1,
            max_size=workers.most,
            initial_size=workers.at_start,
            max_tasks_in_flight_per_actor=2,
        ),
        max_restarts=-1,
        max_task_retries=-1,
    )


def _parts_before(folder: Folder, units: Iterable[int]) -> dict[int, int]:
    """How many parts the units have already that an earlier start began."""
    begun = set(folder.names(FOLDER))
    names = {number: record_name(number).rpartition("/")[2] for number in units}
    return {number: len(read_record(folder, number).parts) for number, name in names.items() if name in begun}


def _tell(
    receipt: Receipt,
    unit: Unit,
    folder: Folder,
    told: dict[int, int],
    on_progress: Callable[[Progress], None],
    on_rejected: Callable[[bytes], None],
) -> None:
    for part in receipt.parts[told.get(unit.number, 0) :]:
        if part.rejected_name:
            with folder.reading(part.rejected_name) as stream:
                for line in stream:
                    on_rejected(line)
    told[unit.number] = len(receipt.parts)
    on_progress(Progress(unit.number, unit.size, receipt.counts))


def _cause(error: BaseException) -> str:
    """The last line of Ray's message, where the cause stands beneath a trace."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


@contextmanager
def _quiet_data() -> Iterator[None]:
    """Turn off Ray Data's own progress display."""
    from ray.data import DataContext

    context = DataContext.get_current()
    before = context.enable_progress_bars
    context.enable_progress_bars = False
    try:
        yield
    finally:
        context.enable_progress_bars = before
