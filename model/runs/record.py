"""How far a unit has come: the record that says which of its parts are there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from conflict_events.runs.counts import Counts
from conflict_events.runs.errors import RunError
from conflict_events.runs.storage import Folder

FOLDER = "_run/units"
REJECTED = "_rejected"


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is written: its file ("" where all records were rejected) and that of what was rejected."""

    name: str
    rejected_name: str
    articles: int
    rejected: int


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """The parts of a unit in their order, and where to go on: inputs done, and records of the next.

    `computed_by` tells what computed it last: runtime, device and precision.
    """

    unit: int
    parts: tuple[Part, ...] = ()
    inputs_done: int = 0
    records_done: int = 0
    done: bool = False
    counts: Counts = field(default_factory=Counts)
    computed_by: str = ""

    def with_part(self, part: Part, counts: Counts, place: tuple[int, int], *, done: bool) -> UnitRecord:
        """Return the record once a part is written."""
        inputs_done, records_done = place
        parts = (*self.parts, part) if part.name or part.rejected_name else self.parts
        return replace(
            self,
            parts=parts,
            counts=self.counts + counts,
            inputs_done=inputs_done,
            records_done=records_done,
            done=done,
        )


def record_name(unit: int) -> str:
    """Return the name of a unit's record in the run's folder."""
    return f"{FOLDER}/{unit:06d}.json"


def part_names(unit: int, number: int, suffix: str) -> tuple[str, str]:
    """Return the names of a part and of the file of what was rejected in it, made of numbers alone."""
    return f"part-{unit:06d}-{number:04d}{suffix}", f"{REJECTED}/{unit:06d}-{number:04d}.jsonl"


def read_record(folder: Folder, unit: int) -> UnitRecord:
    """Read a unit's record; one of nothing done where there is none.

    Raises:
        RunError: the record is damaged.
    """
    name = record_name(unit)
    content = folder.read(name)
    if content is None:
        return UnitRecord(unit)
    try:
        data: dict[str, Any] = json.loads(content)
        parts = tuple(Part(**part) for part in data.pop("parts"))
        counts = Counts.from_json(data.pop("counts"))
        return UnitRecord(**data, parts=parts, counts=counts)
    except (ValueError, TypeError, KeyError) as error:
        raise RunError(
            f"{folder.place(name)}: is damaged: remove it, and the unit is tagged again"
        ) from error


def write_record(folder: Folder, record: UnitRecord) -> None:
    """Put the record in place of the one before it."""
    data = {
        "unit": record.unit,
        "done": record.done,
        "inputs_done": record.inputs_done,
        "records_done": record.records_done,
        "computed_by": record.computed_by,
        "counts": record.counts.to_json(),
        "parts": [
            {
                "name": part.name,
                "rejected_name": part.rejected_name,
                "articles": part.articles,
                "rejected": part.rejected,
            }
            for part in record.parts
        ],
    }
    folder.write(record_name(record.unit), json.dumps(data, indent=1).encode() + b"\n")
