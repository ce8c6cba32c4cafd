"""Which files are to be read: paths, folders and globs, each file with its format and its article's id."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from .remote import details, is_remote, is_remote_folder, listed, local_path, stamp, stem_name
from .streams import STDIN, Piece, damage, damage_errors

FORMATS = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}
_COMPRESSED = {".gz", ".bz2", ".xz", ".zst"}


@dataclass(frozen=True, slots=True)
class ArticleFile:
    """A file to read; `id` is its article's, or the stem of its rows' ids, `root` the folder given.

    Of a `piece` that alone is read. `size` in bytes and `stamp`, which changes with the file, are there where
    a store told them when it listed the file.
    """

    path: str
    format: str
    id: str
    root: str
    piece: Piece | None = None
    size: int | None = None
    stamp: str = ""


def find_files(paths: Sequence[str], format: str | None) -> Iterator[ArticleFile | InputError]:
    """The files of the paths given, folders and globs sorted; an error for each path that gives none."""
    names = Counter(_stem(Path(path).name) for path in paths)
    # Standard input can be read once.
    for path in map(local_path, dict.fromkeys(paths)):
        if "\0" in path:
            yield InputError("is no path (it has a NUL character)", path=repr(path))
        elif path == "-":
            yield ArticleFile(STDIN, format or "text", "stdin", "")
        elif is_remote(path):
            yield from _remote(path, format)
        elif _is_folder(path):
            yield from _in_folder(path, format)
        elif glob.has_magic(path) and not _exists(path):
            yield from _matches(path, format)
        else:
            # Two files of one name, given one by one, are told apart by their folders.
            parent = str(Path(path).parent)
            unique = names[_stem(Path(path).name)] == 1
            yield _file(path, format, parent, None if unique else Path(path).as_posix())


def _matches(pattern: str, format: str | None) -> Iterator[ArticleFile | InputError]:
    parts = Path(pattern).parts
    root = Path(*_fixed_parts(parts[:-1]))
    try:
        paths = sorted(root.glob(str(Path(*parts[len(root.parts) :]))))
    except ValueError as error:
        yield InputError(f"is no pattern of file names ({error}): check it", path=pattern)
        return
    found = False
    for path in paths:
        relative = path.relative_to(root)
        if any(part.startswith(".") for part in relative.parts) or _is_folder(str(path)):
            continue
        # A glob may match a named pipe, on which reading would wait for ever.
        if (format or _format(path.name)) and (path.is_file() or path.is_symlink()):
            found = True
            yield _file(str(path), format, str(root), relative.as_posix())
    if not found:
        yield InputError(f"no file of a known format matches: check it ({' '.join(FORMATS)})", path=pattern)


def _remote(url: str, format: str | None) -> Iterator[ArticleFile | InputError]:
    """The file at a URL, those in a folder there or, but for web addresses, those that a pattern matches."""
    try:
        if glob.has_magic(url.partition("?")[0]) or is_remote_folder(url):
            found = list(listed(url))
        else:
            known = format or _format(stem_name(url))
            if not known:
                yield InputError(f"no known format: name the format ({', '.join(all_formats())})", path=url)
                return
            info = details(url)
            yield ArticleFile(url, known, _stem(stem_name(url)), url, None, info.get("size"), stamp(info))
            return
    except InputError as error:
        yield error
        return
    except damage_errors() as error:
        yield damage(error, url)
        return
    usable = [
        (path, relative, info)
        for path, relative, info in found
        if (format or _format(relative)) and not any(part.startswith(".") for part in relative.split("/"))
    ]
    names = Counter(_stem(relative) for _, relative, _ in usable)
    for path, relative, info in usable:
        id = relative if names[_stem(relative)] > 1 else _stem(relative)
        yield ArticleFile(path, format or _format(relative), id, url, None, info.get("size"), stamp(info))
    if not usable:
        yield InputError(
            f"nothing to read there: put files in it, or check it ({' '.join(FORMATS)})", path=url
        )


def _fixed_parts(parts: Sequence[str]) -> Iterator[str]:
    for part in parts:
        if glob.has_magic(part):
            return
        yield part


def _in_folder(folder: str, format: str | None) -> Iterator[ArticleFile | InputError]:
    found = False
    for item in _walk(folder, folder, format, set()):
        found = True
        yield item
    if not found:
        kinds = " ".join(FORMATS)
        yield InputError(f"the folder has nothing to read: put files in it ({kinds})", path=folder)


def _walk(
    folder: str, root: str, format: str | None, seen: set[tuple[int, int]]
) -> Iterator[ArticleFile | InputError]:
    """Files of a folder and those below it; `seen` keeps links to folders from leading in circles."""
    try:
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        with os.scandir(folder) as entries:
            listed = sorted(
                (entry for entry in entries if not entry.name.startswith(".")), key=lambda e: e.name
            )
    except OSError as error:
        yield damage(error, folder)
        return
    names = Counter(_stem(entry.name) for entry in listed if _format(entry.name))
    for entry in listed:
        if _is_folder(entry.path):
            yield from _walk(entry.path, root, format, seen)
        elif _format(entry.name):
            if not _exists(entry.path):
                yield damage(FileNotFoundError(), entry.path)
                continue
            if not Path(entry.path).is_file():
                continue
            relative = Path(entry.path).relative_to(root).as_posix()
            # page.html beside page.txt: the suffix tells their ids apart.
            shared = names[_stem(entry.name)] > 1
            yield ArticleFile(
                entry.path, format or _format(entry.name), relative if shared else _stem(relative), root
            )


def _file(path: str, format: str | None, root: str, relative: str | None) -> ArticleFile | InputError:
    known = format or _format(path)
    if not known:
        suffix = Path(path).suffix or "a file without a suffix"
        if not _exists(path):
            return damage(FileNotFoundError(), path)
        return InputError(
            f"{suffix} is no known format: name the format ({', '.join(all_formats())})", path=path
        )
    return ArticleFile(path, known, _stem(relative or Path(path).name), root)


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except OSError:
        return False


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:
        return False


def all_formats() -> list[str]:
    """The names of the formats, for messages and for checking what a caller asked for."""
    return sorted(set(FORMATS.values()))


def _format(name: str) -> str:
    path = Path(name)
    if path.suffix.lower() in _COMPRESSED:
        path = path.with_suffix("")
    return FORMATS.get(path.suffix.lower(), "")


def _stem(name: str) -> str:
    path = Path(name)
    if path.suffix.lower() in _COMPRESSED:
        path = path.with_suffix("")
    return (path.with_suffix("") if path.suffix.lower() in FORMATS else path).as_posix()
