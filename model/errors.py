"""Every error that a user can cause: callers catch one class, the command line prints one line."""

from __future__ import annotations

from pathlib import Path


class ConflictEventsError(Exception):
    """Base of all errors of this package; its message says what is wrong, where, and what to do."""


class InputError(ConflictEventsError):
    """An article, file or row that cannot be read.

    `path` is the file ("<stdin>" for standard input) and `line` the 1-based line or row, where known.
    """

    def __init__(self, message: str, *, path: str | Path | None = None, line: int | None = None) -> None:
        where = f"{path}" if path is not None else ""
        if line is not None:
            where = f"{where}, line {line}" if where else f"line {line}"
        super().__init__(f"{where}: {message}" if where else message)
        self.path = None if path is None else str(path)
        self.line = line
        self.reason = message


class ModelError(ConflictEventsError):
    """A model folder that is missing, damaged, unsafe or unfit for what was asked of it."""


class DataError(ConflictEventsError):
    """Annotations or labelled text that cannot be trained on or evaluated."""


class AnnotationError(ConflictEventsError):
    """A labelling config, a Label Studio server or an export that cannot be used."""


class MissingExtraError(ConflictEventsError):
    """A feature whose optional dependencies are not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs more packages: pip install 'conflict-events[{extra}]' (in a clone of the "
            f"repository: pip install -e '.[{extra}]')"
        )
