"""A run in its folder: begun, gone on with or refused, and finished."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from conflict_events.errors import ConflictEventsError, InputError
from conflict_events.output.files import OutputError, reported
from conflict_events.reading.remote import is_remote, local_path
from conflict_events.runs import manifest as manifests
from conflict_events.runs.counts import Counts
from conflict_events.runs.errors import ChangedInputError, RunError
from conflict_events.runs.lock import locked
from conflict_events.runs.manifest import FINISHED, RUNNING, STOPPED, Inputs, Manifest
from conflict_events.runs.plan import Input, Unit, plan_units
from conflict_events.runs.record import FOLDER, REJECTED, part_names, read_record, record_name
from conflict_events.runs.settings import Settings
from conflict_events.runs.storage import Folder, LocalFolder, open_folder

PLAN = "_run/plan.jsonl"
LOCK = "_run/lock"
_ANEW = "or begin anew in another folder (-o)"


class Run:
    """A run that is open in this process, which leads it; made by `open_run`.

    `folder` is its absolute path or URL, as workers on other machines need it. `done` counts what was done
    before this start; `done_units` and `done_bytes`, of it, the units that were done to their end.
    """

    def __init__(self, folder: Folder, settings: Settings, manifest: Manifest) -> None:
        self._folder = folder
        self.settings = settings
        self.manifest = manifest
        self.folder = folder.path if is_remote(folder.path) else str(Path(folder.path).resolve())
        self.done = Counts()
        self.done_units = Counts()
        self.done_bytes = 0
        self._done: set[int] = set()
        if not self.finished:
            self._count_what_is_done()

    @property
    def finished(self) -> bool:
        """Whether every unit is done, and the manifest says so."""
        return self.manifest.state == FINISHED

    @property
    def total_bytes(self) -> int:
        """Bytes of all inputs."""
        return self.manifest.inputs.bytes

    def units(self) -> Iterator[Unit]:
        """All units in their order, read from the plan as they are asked for."""
        with self._folder.reading(PLAN) as stream:
            for line in stream:
                yield Unit.from_line(line)

    def pending(self) -> Iterator[Unit]:
        """The units that were not done when the run was opened, those begun among them."""
        return (unit for unit in self.units() if unit.number not in self._done)

    def finish(self) -> Manifest:
        """Write the last manifest, once every unit is done; it is returned.

        Raises:
            RunError: a unit is not done, which is an error of the engine.
        """
        counts, units = Counts(), []
        for number in range(self.manifest.inputs.units):
            record = read_record(self._folder, number)
            if not record.done:
                raise RunError(f"{self.folder}: unit {number} is not done: start the same command again")
            counts += record.counts
            units.append(
                {
                    "unit": number,
                    "parts": [part.name for part in record.parts if part.name],
                    "articles": record.counts.articles,
                    "sentences": record.counts.sentences,
                    "rejected": record.counts.rejected,
                    "computed_by": record.computed_by,
                }
            )
        self._update(state=FINISHED, finished=manifests.now(), counts=counts, units=tuple(units))
        return self.manifest

    def stop(self, error: ConflictEventsError | None) -> None:
        """Write into the manifest that the run stopped before its end, and why."""
        errors = self.manifest.errors if error is None else (*self.manifest.errors[-9:], str(error))
        self._update(state=STOPPED, errors=errors)

    def _update(self, **changes: object) -> None:
        self.manifest = replace(self.manifest, **changes)  # type: ignore[arg-type]
        manifests.write_manifest(self._folder, self.manifest)

    def _count_what_is_done(self) -> None:
        known = set(self._folder.names(FOLDER))
        for unit in self.units():
            if record_name(unit.number).rpartition("/")[2] in known:
                record = read_record(self._folder, unit.number)
                self.done += record.counts
                if record.done:
                    self._done.add(unit.number)
                    self.done_units += record.counts
                    self.done_bytes += unit.size


def written_names(suffix: str) -> tuple[str, ...]:
    """A name of each kind of file that a run writes into its folder, its parts with the suffix given."""
    return (*part_names(0, 0, suffix), record_name(0), PLAN, LOCK, manifests.NAME)


@contextmanager
def open_run(folder: str, paths: Sequence[str], settings: Settings) -> Iterator[Run]:
    """Begin a run in a folder, or go on with the one in it, for as long as the block lasts.

    The folder is new or empty, or that of a run with these settings and inputs, which must be as they were.
    Where the folder is local, no other process may open the run meanwhile.

    Raises:
        RunError: the folder holds something else, or another run; or the run is open elsewhere.
        ChangedInputError: an input was changed, added or removed since the run began.
        InputError: there is nothing to read.
        OutputError: the folder cannot be written.
    """
    place = open_folder(folder)
    _refuse_other_folders(place)
    # Before anything is made: a mistyped input leaves no folder behind.
    if manifests.read_manifest(place) is None:
        _require_something(paths, settings)
    folders = ("_run", FOLDER, REJECTED)
    place.make(*folders)
    with ExitStack() as held:
        if isinstance(place, LocalFolder):
            taken = f"{place.path}: a run is at work in it: wait for its end, or choose another folder"
            held.enter_context(locked(Path(local_path(folder)) / LOCK, taken))
        place.remove_leftovers(*folders)
        before = manifests.read_manifest(place)
        if before is None:
            manifest = _begun(place, paths, settings)
        else:
            _refuse_other_run(place, before, settings)
            _refuse_changed_inputs(place, paths, settings)
            manifest = before
        if manifest.state != FINISHED:
            manifest = replace(manifest, state=RUNNING, starts=(*manifest.starts, manifests.now()))
            manifests.write_manifest(place, manifest)
        run = Run(place, settings, manifest)
        try:
            yield run
        except ConflictEventsError as error:
            # On a full disk the manifest has no room either: what is told is the first error.
            with suppress(OutputError):
                run.stop(error)
            raise
        except KeyboardInterrupt:
            with suppress(OutputError):
                run.stop(None)
            raise


def _refuse_other_folders(place: Folder) -> None:
    names = place.names()
    if names and "_run" not in names:
        raise RunError(f"{place.path}: holds other files ({names[0]}): choose a new or empty folder")


def _require_something(paths: Sequence[str], settings: Settings) -> None:
    """Raise what is wrong with the inputs if none of them can be read."""
    problems: list[Input] = []
    for unit in _planned(paths, settings):
        for item in unit.inputs:
            if item.problem is None:
                return
            problems.append(item)
    if not problems:
        raise InputError("there is nothing to read: give files of articles", path=", ".join(paths) or None)
    first = problems[0]
    more = f" (and {len(problems) - 1} more such)" if len(problems) > 1 else ""
    raise InputError(f"{first.problem}{more}", path=first.path, line=first.problem_line)


def _planned(paths: Sequence[str], settings: Settings) -> Iterator[Unit]:
    return plan_units(paths, settings.input_format, settings.columns, settings.unit_bytes)


def _begun(place: Folder, paths: Sequence[str], settings: Settings) -> Manifest:
    from conflict_events import __version__

    files, size, units, last = 0, 0, 0, ""
    with place.writing(PLAN) as stream:
        for unit in _planned(paths, settings):
            with reported(place.place(PLAN)):
                stream.write(unit.to_line())
            units += 1
            size += unit.size
            for item in unit.inputs:
                files += item.path != last
                last = item.path
    inputs = Inputs(tuple(paths), files, size, units)
    return Manifest(__version__, settings.to_json(), inputs)


def _refuse_other_run(place: Folder, before: Manifest, settings: Settings) -> None:
    from conflict_events import __version__

    if difference := settings.difference(before.settings):
        raise RunError(f"{place.path}: was begun with {difference}: give what it was begun with, {_ANEW}")
    if before.version != __version__:
        raise RunError(
            f"{place.path}: was begun by conflict-events {before.version}, now {__version__}, which may read "
            f"and split otherwise: install {before.version}, {_ANEW}"
        )


def _refuse_changed_inputs(place: Folder, paths: Sequence[str], settings: Settings) -> None:
    with place.reading(PLAN) as stream:
        for line, unit in zip_longest(stream, _planned(paths, settings)):
            if line is None or unit is None or unit.to_line() != line:
                break
        else:
            return
    with place.reading(PLAN) as stream:
        before = {item.path: item for line in stream for item in Unit.from_line(line).inputs}
    now = {item.path: item for unit in _planned(paths, settings) for item in unit.inputs}
    raise ChangedInputError(f"{place.path}: {_changed(before, now)}: put back what was there, {_ANEW}")


def _changed(before: dict[str, Input], now: dict[str, Input]) -> str:
    for path in before:
        if path not in now:
            return f"the input {path} is gone since the run began"
    for path, item in now.items():
        if path not in before:
            return f"the input {path} is new since the run began"
        if item != before[path]:
            return f"the input {path} was changed since the run began"
    return "the inputs are in another order than when the run began"
