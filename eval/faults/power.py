"""What a disk holds after a loss of power, for a process that tells what it does to its files.

Sure to be there is what was forced to the disk: of a file its bytes, once the file was forced, and its name,
once its folder was. What was done since may be there or not, each name for itself, and a file whose name is
there without its bytes having been forced may be empty or cut short.
"""

from __future__ import annotations

import os
import random
from pathlib import Path


class Disk:
    """The sure state of a folder, its parent's entry for it included."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._bytes: dict[int, bytes] = {}  # of files that were forced, by their inode
        self._names: dict[str, dict[str, bytes | None]] = {}  # of folders that were forced; None: a folder

    def before(self, step: str, path: str, other: str) -> None:
        """Take note of a step that is about to be done: a file renamed over another takes its inode away."""
        gone = Path(other)
        if step in ("rename", "remove") and gone.is_file():
            self._bytes.pop(gone.stat().st_ino, None)

    def forced(self, path: str) -> None:
        """Take note that a file or a folder was forced to the disk."""
        place = Path(path)
        if place.is_dir():
            self._names[path] = self._present(place)
        else:
            self._bytes[place.stat().st_ino] = place.read_bytes()

    def leave(self, target: Path, chance: int) -> None:
        """Write what may be left, drawn by `chance`, as the folder `target`; 0: only what is sure."""
        draw = random.Random(chance) if chance else None
        parent = self._names.get(str(self._root.parent), {})
        if self._root.name in parent or (draw is not None and self._root.is_dir() and draw.random() < 0.5):
            self._leave(self._root, target, draw)

    def _leave(self, folder: Path, target: Path, draw: random.Random | None) -> None:
        target.mkdir()
        names = dict(self._names.get(str(folder), {}))
        if draw is not None and folder.is_dir():
            now = self._present(folder, draw)
            for name in sorted(now.keys() | names.keys()):
                if draw.random() < 0.5:
                    names.pop(name, None)
                    names |= {name: now[name]} if name in now else {}
        for name, content in names.items():
            if content is None:
                self._leave(folder / name, target / name, draw)
            else:
                (target / name).write_bytes(content)

    def _present(self, folder: Path, draw: random.Random | None = None) -> dict[str, bytes | None]:
        return {
            entry.name: None if entry.is_dir() else self._left_of(Path(entry.path), draw)
            for entry in os.scandir(folder)
        }

    def _left_of(self, file: Path, draw: random.Random | None) -> bytes:
        """The file's bytes as far as they were forced; else none of them or, drawn, some."""
        content = self._bytes.get(file.stat().st_ino)
        if content is not None:
            return content
        return file.read_bytes()[: draw.choice((0, 1, 100))] if draw is not None else b""
