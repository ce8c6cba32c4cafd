"""What the options of `conflict-events tag` mean: checked, and refused before any work."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conflict_events.errors import ConflictEventsError
from conflict_events.reading import Columns

TABLE = "table"
_CLASS_OR_DIGIT = re.compile(r"\[!?\]?[^\]]*\]|[0-9]")


@dataclass(frozen=True, slots=True)
class Asked:
    """The options as they were given."""

    paths: Sequence[str]
    output: str
    format: str | None
    labels: str | None
    thresholds: Sequence[str]
    all_sentences: bool
    quiet: bool
    strict: bool
    rejected: str | None
    model: str | None
    device: str
    runtime: str
    precision: str
    input_format: str | None
    columns: Columns
    engine: str | None
    part_size: int | None
    unit_size: float | None
    compression: str | None
    workers: int | None = None
    cpus_per_worker: int | None = None
    gpus_per_worker: float = 0.0
    ray_address: str | None = None

    @property
    def for_ray(self) -> list[str]:
        """The options given that say something to engine ray alone."""
        options = {
            "--workers": self.workers,
            "--cpus-per-worker": self.cpus_per_worker,
            "--gpus-per-worker": self.gpus_per_worker,
            "--ray-address": self.ray_address,
        }
        return [name for name, value in options.items() if value]


def names_a_folder(output: str, format: str | None) -> bool:
    """Whether -o names a folder for a run: "out/", a folder that is there, or "out" with --format."""
    from conflict_events.output import STANDARD_OUTPUT
    from conflict_events.reading.remote import is_remote, local_path
    from conflict_events.runs.settings import FORMATS

    if output in ("", STANDARD_OUTPUT):
        return False
    output = local_path(output)
    if output.endswith("/") or (not is_remote(output) and Path(output).is_dir()):
        return True
    if is_remote(output):
        return not Path(output.partition("://")[2]).suffix
    return format in FORMATS and not Path(output).suffix and not Path(output).exists()


def output_format(format: str | None, output: str) -> str:
    """Return the format to write one file in, as asked for or as its name tells."""
    from conflict_events.output import FORMATS, STANDARD_OUTPUT, OutputError, guess_format

    to_terminal = output == STANDARD_OUTPUT
    if format is None:
        return TABLE if to_terminal else guess_format(output)
    if format not in (TABLE, *FORMATS):
        raise OutputError(f"unknown output format {format!r}; there are {', '.join((TABLE, *FORMATS))}")
    if format == TABLE and not to_terminal:
        raise OutputError(f"{output}: the table is for a terminal; for a file choose {', '.join(FORMATS)}")
    if format == "parquet" and to_terminal and sys.stdout.isatty():
        raise OutputError("Parquet is not for a terminal: name a file with -o, or redirect the output")
    return format


def run_files(format: str | None, compression: str | None) -> tuple[str, ...]:
    """Names of the files that a run writes into its folder, one of each kind."""
    from conflict_events.output import COMPRESSIONS
    from conflict_events.runs.run import written_names

    return written_names(f".{format or ''}{COMPRESSIONS.get(compression or 'none', '')}")


def check_output(output: str, inputs: Sequence[str], *, files: Sequence[str] = ()) -> None:
    """Refuse, before any work, an output that cannot be written, or that is or would become an input.

    Of a folder, `files` are the names of what a run writes into it.
    """
    from conflict_events.output import STANDARD_OUTPUT, OutputError, check_destination
    from conflict_events.reading.remote import is_remote, local_path

    if output == STANDARD_OUTPUT:
        return
    if not files and not is_remote(local_path(output)):
        check_destination(output)
    targets = _names_of_target(output)
    for given in inputs:
        place = _parts(given)
        if place in targets or _is_same_file(given, output):
            raise OutputError(f"{output}: is also an input; choose another {'folder' if files else 'file'}")
        if any(target[: len(place)] == place or _matches_below(given, target, files) for target in targets):
            raise OutputError(
                f"{output}: would be read as an input ({given}) the next time; put it elsewhere"
            )


def check_rejected(file: str, output: str, inputs: Sequence[str]) -> None:
    """Refuse, before any work, a file for what is rejected that is the output, too, or cannot be written."""
    from conflict_events.output import STANDARD_OUTPUT, OutputError
    from conflict_events.reading.remote import local_path

    # Devices and pipes take both.
    plain = not _exists(output) or Path(local_path(output)).is_file()
    same = _parts(file) in _names_of_target(output) or _is_same_file(file, output)
    if file == output == STANDARD_OUTPUT or (plain and same):
        raise OutputError(f"{file}: is also the output; choose another file for --rejected")
    check_output(file, inputs)


def _parts(path: str) -> tuple[str, ...]:
    """A path's folders and name, links followed; those of a URL as they stand."""
    from conflict_events.reading.remote import is_remote, local_path

    path = local_path(path)
    return tuple(path.rstrip("/").split("/")) if is_remote(path) else Path(os.path.realpath(path)).parts


def _names_of_target(output: str) -> set[tuple[str, ...]]:
    """Where an output lies and, if that is a link, where the link does."""
    from conflict_events.reading.remote import is_remote, local_path

    path = Path(local_path(output))
    return {_parts(output)} if is_remote(output) else {_parts(output), (*_parts(str(path.parent)), path.name)}


def _exists(path: str) -> bool:
    """Whether something stands there; nothing does under what is no possible name."""
    from conflict_events.reading.remote import local_path

    try:
        return Path(local_path(path)).exists()
    except OSError:
        return False


def _is_same_file(one: str, other: str) -> bool:
    """Whether two paths lead to one file, by whatever links."""
    from conflict_events.reading.remote import local_path

    try:
        return Path(local_path(one)).samefile(local_path(other))
    except OSError:
        return False


def _matches_below(given: str, target: Sequence[str], files: Sequence[str]) -> bool:
    """Whether a pattern takes the file at `target`, or one of the `files` in a folder there."""
    if not glob.has_magic(given) or _exists(given):
        return False
    pattern = _parts(given)
    if not files:
        return _matches(target, pattern)
    # The names of a run's files differ by their numbers alone, so that a digit stands for every other.
    last = _CLASS_OR_DIGIT.sub(lambda found: "[0-9]" if found[0].isdigit() else "?", pattern[-1])
    return any(_matches((*target, *name.split("/")), (*pattern[:-1], last)) for name in files)


def _matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a glob takes a path; "**" stands for any number of folders, also for none."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return _matches(parts, pattern[1:]) or (bool(parts) and _matches(parts[1:], pattern))
    return bool(parts) and fnmatch.fnmatch(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])


def wanted_labels(asked: str | None, known: Sequence[str]) -> tuple[str, ...]:
    """Return the labels asked for, in the model's order."""
    if asked is None:
        return tuple(known)
    names = [name.strip() for name in asked.split(",") if name.strip()]
    for name in names:
        _require_label(name, known)
    if not names:
        raise ConflictEventsError("--labels: name at least one label")
    return tuple(label for label in known if label in names)


def chosen_thresholds(options: Sequence[str], model_thresholds: Mapping[str, float]) -> dict[str, float]:
    """Return the model's thresholds, replaced by those of the command line; a label's own goes first."""
    chosen = dict(model_thresholds)
    for option in sorted(options, key=lambda option: "=" in option):
        label, _, number = option.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            raise ConflictEventsError(
                f"--threshold {option}: give a number from 0 to 1, or one for a label, as in advance=0.6"
            )
        if label:
            _require_label(label, list(model_thresholds))
        chosen.update(dict.fromkeys([label] if label else chosen, value))
    return chosen


def _require_label(name: str, known: Sequence[str]) -> None:
    from conflict_events.errors import ModelError
    from conflict_events.scripts.messages import did_you_mean

    if name not in known:
        raise ModelError(
            f"the model has no label {name!r}; it has {', '.join(known)}{did_you_mean(name, known)}"
        )
