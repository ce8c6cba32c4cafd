"""Folders that commands write to."""

from __future__ import annotations

from pathlib import Path


def make_folder(path: str | Path) -> Path:
    """Make a folder for results, before the work whose results it is for.

    Raises OutputError where a file has the name, or nothing can be written there.
    """
    import tempfile

    from conflict_events.output.files import OutputError

    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{path}: is a file; name a folder for the results")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(f"{path}: cannot be written to ({error.strerror}); name another folder") from error
    return folder
