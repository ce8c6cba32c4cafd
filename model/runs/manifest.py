"""The manifest of a run: what it is, how it stands, and at its end what became of each unit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from conflict_events.runs.counts import Counts
from conflict_events.runs.errors import RunError
from conflict_events.runs.storage import Folder

NAME = "_run/manifest.json"
FORMAT = 1
RUNNING, STOPPED, FINISHED = "running", "stopped", "finished"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was given, and what it came to; a file that is read in pieces counts once."""

    given: tuple[str, ...]
    files: int
    bytes: int
    units: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run is; times are for people to read, nothing is decided by them.

    `starts` are the times at which it was begun and gone on with. `units` is filled at the end: for each its
    number, its parts and counts, and what computed it. `errors` are the errors that stopped it, the last one
    last.
    """

    version: str
    settings: Mapping[str, Any]
    inputs: Inputs
    state: str = RUNNING
    starts: tuple[str, ...] = ()
    finished: str | None = None
    counts: Counts = field(default_factory=Counts)
    errors: tuple[str, ...] = ()
    units: tuple[Mapping[str, Any], ...] = ()


def now() -> str:
    """The time, as a manifest has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_manifest(folder: Folder) -> Manifest | None:
    """Read a folder's manifest; None where there is none.

    Raises:
        RunError: it is damaged, or of a format that is not known.
    """
    content = folder.read(NAME)
    if content is None:
        return None
    try:
        data = json.loads(content)
        format = data.pop("format")
        if format != FORMAT:
            raise RunError(
                f"{folder.place(NAME)}: has format {format}, and this version knows {FORMAT}: use that "
                "of conflict-events that began the run"
            )
        inputs = data.pop("inputs")
        return Manifest(
            **{
                **data,
                "inputs": Inputs(**{**inputs, "given": tuple(inputs["given"])}),
                "counts": Counts.from_json(data["counts"]),
                **{name: tuple(data[name]) for name in ("starts", "errors", "units")},
            }
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RunError(f"{folder.place(NAME)}: is damaged: begin anew in another folder") from error


def write_manifest(folder: Folder, manifest: Manifest) -> None:
    """Put the manifest in place of the one before it."""
    data = {"format": FORMAT, **asdict(manifest), "counts": manifest.counts.to_json()}
    folder.write(NAME, json.dumps(data, indent=1, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
