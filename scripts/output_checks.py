"""Refuses outputs that are inputs, or that would become some."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from collections.abc import Sequence
from pathlib import Path

from conflict_events.output import COMPRESSIONS, STANDARD_OUTPUT, OutputError, check_destination
from conflict_events.reading.remote import is_remote, local_path

_CLASS_OR_DIGIT = re.compile(r"\[!?\]?[^\]]*\]|[0-9]")


def run_files(format: str | None, compression: str | None) -> tuple[str, ...]:
    """Names of the files that a run writes into its folder, one of each kind."""
    from conflict_events.runs.run import written_names

    return written_names(f".{format or ''}{COMPRESSIONS.get(compression or 'none', '')}")


def check_output(output: str, inputs: Sequence[str], *, files: Sequence[str] = ()) -> None:
    """Refuse, before any work, an output that cannot be written, or that is or would become an input.

    Of a folder, `files` are the names of what a run writes into it.
    """
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
    # Devices and pipes take both.
    plain = not _exists(output) or Path(local_path(output)).is_file()
    same = _parts(file) in _names_of_target(output) or _is_same_file(file, output)
    if file == output == STANDARD_OUTPUT or (plain and same):
        raise OutputError(f"{file}: is also the output; choose another file for --rejected")
    check_output(file, inputs)


def _parts(path: str) -> tuple[str, ...]:
    """A path's folders and name, links followed; those of a URL as they stand."""
    path = local_path(path)
    return tuple(path.rstrip("/").split("/")) if is_remote(path) else Path(os.path.realpath(path)).parts


def _names_of_target(output: str) -> set[tuple[str, ...]]:
    """Where an output lies and, if that is a link, where the link does."""
    path = Path(local_path(output))
    return {_parts(output)} if is_remote(output) else {_parts(output), (*_parts(str(path.parent)), path.name)}


def _exists(path: str) -> bool:
    """Whether something stands there; nothing does under what is no possible name."""
    try:
        return Path(local_path(path)).exists()
    except OSError:
        return False


def _is_same_file(one: str, other: str) -> bool:
    """Whether two paths lead to one file, by whatever links."""
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
