"""Which files are to be read: paths, folders and globs, each file with its format and its article's id."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
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
    """The files of the paths given, folders and globs sorted; an error for each path that gives none.

    Different files have different ids: where they would be the same, each is the file's path as it was given.
    So of several paths all is found before the first is given.
    """
    if len(set(paths)) < 2:
        yield from _found(paths, format)
        return
    every = list(_found(paths, format))
    shared = _shared_ids(found for found in every if isinstance(found, ArticleFile))
    for found in every:
        if isinstance(found, ArticleFile) and found.id in shared:
            found = replace(found, id=_full_id(found.path))
        yield found


def _shared_ids(files: Iterable[ArticleFile]) -> set[str]:
    """Ids that different files would have, and those of files that one of these then takes."""
    owners: dict[str, str] = {}
    shared: set[str] = set()
    taken: list[str] = []
    for file in files:
        full = _full_id(file.path)
        owner = owners.setdefault(file.id, full)
        if owner != full:
            shared.add(file.id)
            taken += (owner, full)
    while taken:
        id = taken.pop()
        owner = owners.get(id, id)
        if owner != id and id not in shared:
            shared.add(id)
            taken.append(owner)
    return shared


def _full_id(path: str) -> str:
    """A file's path; of a URL's query, which may hold a key, a hash."""
    if not is_remote(path):
        return Path(path).as_posix()
    place, _, query = path.partition("?")
    return f"{place}?{sha256(query.encode()).hexdigest()[:12]}" if query else place


def _found(paths: Sequence[str], format: str | None) -> Iterator[ArticleFile | InputError]:
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
    usable = [path for path in paths if _is_usable(path, root, format)]
    ids = _ids(path.relative_to(root).as_posix() for path in usable)
    for path in usable:
        id = ids[path.relative_to(root).as_posix()]
        yield ArticleFile(str(path), format or _format(path.name), id, str(root))
    if not usable:
        yield InputError(f"no file of a known format matches: check it ({' '.join(FORMATS)})", path=pattern)


def _is_usable(path: Path, root: Path, format: str | None) -> bool:
    """Whether a file that a glob matches is to be read; on a named pipe, reading would wait for ever."""
    if any(part.startswith(".") for part in path.relative_to(root).parts) or _is_folder(str(path)):
        return False
    return bool(format or _format(path.name)) and (path.is_file() or path.is_symlink())


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
    ids = _ids(relative for _, relative, _ in usable)
    for path, relative, info in usable:
        known = format or _format(relative)
        yield ArticleFile(path, known, ids[relative], url, None, info.get("size"), stamp(info))
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
    folders = {entry.name for entry in listed if _is_folder(entry.path)}
    names = [entry.name for entry in listed if entry.name not in folders]
    ids = _ids(name for name in names if format or _format(name))
    for entry in listed:
        if entry.name in folders:
            yield from _walk(entry.path, root, format, seen)
        elif entry.name in ids:
            if not _exists(entry.path):
                yield damage(FileNotFoundError(), entry.path)
                continue
            if not Path(entry.path).is_file():
                continue
            id = Path(entry.path).relative_to(root).with_name(ids[entry.name]).as_posix()
            yield ArticleFile(entry.path, format or _format(entry.name), id, root)


def _ids(names: Iterable[str]) -> dict[str, str]:
    """The id of each name: the name without its suffix, or with it where another has the same without."""
    shortest_first = sorted(names, key=len)
    stems = Counter(map(_stem, shortest_first))
    ids: dict[str, str] = {}
    whole: set[str] = set()
    for name in shortest_first:
        stem = _stem(name)
        if stems[stem] > 1 or stem in whole:
            whole.add(name)
        ids[name] = name if name in whole else stem
    return ids


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
