"""Files elsewhere (`s3://`, `gs://`, `https://`, `memory://`, ...) by fsspec, which each protocol plugs into.

A path with "://" is such a place; `file://` is a local path in other words, and is turned into one. fsspec
and the protocols' packages are the extra `remote`; nothing here is imported for local files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from ..errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

# What tells one state of a stored file from another, best first; each store knows some of them.
_STAMPS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "updated", "created")


def is_remote(path: str) -> bool:
    """Whether the path is a URL of a place that only fsspec reaches."""
    return "://" in path


def local_path(path: str) -> str:
    """Turn `file://` URLs into paths; other paths stay as they are."""
    if not path.lower().startswith("file://"):
        return path
    from urllib.parse import unquote, urlsplit

    return unquote(urlsplit(path).path)


def file_system(url: str) -> tuple[AbstractFileSystem, str]:
    """Return the store that a URL names and the path in it.

    Raises:
        MissingExtraError: fsspec, or the package of this protocol, is not installed.
        InputError: there is no such protocol.
    """
    protocol = url.partition("://")[0]
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingExtraError(f"{protocol}://", "remote") from error
    try:
        store, path = url_to_fs(url)
    except ImportError as error:
        raise MissingExtraError(f"{protocol}://", "remote") from error
    except ValueError as error:
        raise InputError(f"cannot be reached ({error}): check the address", path=url) from error
    return store, str(path)


def open_remote(url: str) -> BinaryIO:
    """Open a stored file; what can be sought in the store can be sought here."""
    store, path = file_system(url)
    return cast(BinaryIO, store.open(path, "rb"))


def is_remote_folder(url: str) -> bool:
    """Whether the URL is a folder; web addresses are taken for files."""
    if url.startswith(("http://", "https://")):
        return False
    store, path = file_system(url)
    return bool(store.isdir(path))


def listed(url: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Files below a folder, or those a pattern matches, sorted: each URL, its path below the fixed part, and
    what the store tells of it.
    """
    import glob

    store, path = file_system(url)
    if glob.has_magic(path):
        found = store.glob(path, detail=True)
        parts = path.split("/")
        fixed = next(place for place, part in enumerate(parts) if glob.has_magic(part))
        root = "/".join(parts[:fixed])
    else:
        found = store.find(path, detail=True)
        root = path.rstrip("/")
    for name in sorted(found):
        if found[name].get("type", "file") == "file":
            yield str(store.unstrip_protocol(name)), name.removeprefix(root).lstrip("/"), found[name]


def details(url: str) -> Mapping[str, Any]:
    """What the store tells of one file."""
    store, path = file_system(url)
    return cast(Mapping[str, Any], store.info(path))


def stamp(info: Mapping[str, Any]) -> str:
    """Text that changes when the stored file does, as far as the store tells; empty if it tells none."""
    return next((str(info[key]) for key in _STAMPS if info.get(key)), "")


def stem_name(url: str) -> str:
    """Return the last part of a URL's path."""
    return Path(url.partition("://")[2].partition("?")[0]).name


def store_errors() -> tuple[type[Exception], ...]:
    """What stores raise beside OSError, of the packages that are loaded."""
    found: list[type[Exception]] = []
    for module, names in (
        ("aiohttp", ("ClientError",)),
        ("botocore.exceptions", ("BotoCoreError", "ClientError")),
        ("gcsfs.retry", ("HttpError",)),
    ):
        if module in sys.modules:
            found += [getattr(sys.modules[module], name) for name in names]
    return tuple(found)
