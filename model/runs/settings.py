"""Everything a user chose that decides what a run writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from conflict_events.output import COMPRESSIBLE, COMPRESSIONS
from conflict_events.reading import Columns
from conflict_events.runs.errors import RunError

FORMATS = ("parquet", "jsonl", "csv")
PART_SIZE = 10_000
UNIT_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Settings:
    """What is tagged how, and written how; a run goes on with the same alone.

    `model` is where the model is (a folder, a hub id, or None for the one shipped), `model_version` which it
    is. `labels` are those looked for, in the model's order, `thresholds` the score from which each label of
    the model is given. `part_size` is the most articles in a file written, `unit_bytes` about how much of the
    inputs a worker takes at a time. What computes (engine, device, number of workers) is left out: another
    may go on.
    """

    model: str | None
    model_version: str
    labels: tuple[str, ...]
    thresholds: Mapping[str, float]
    columns: Columns = field(default_factory=Columns)
    input_format: str | None = None
    format: str = "parquet"
    compression: str = "none"
    all_sentences: bool = False
    precision: str = "auto"
    part_size: int = PART_SIZE
    unit_bytes: int = UNIT_BYTES

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise RunError(f"a folder is written as {', '.join(FORMATS)}, not as {self.format}")
        if self.compression not in COMPRESSIONS:
            raise RunError(f"no compression {self.compression!r}; there are {', '.join(COMPRESSIONS)}")
        if self.compression != "none" and self.format not in COMPRESSIBLE:
            raise RunError(f"{self.format} compresses by itself: leave --compression out")
        if self.part_size < 1 or self.unit_bytes < 1:
            raise RunError("a part has at least one article, and a unit at least one byte")

    @property
    def suffix(self) -> str:
        """What the names of the files written end in."""
        return f".{self.format}{COMPRESSIONS[self.compression]}"

    def to_json(self) -> dict[str, Any]:
        """Return what a manifest keeps."""
        kept = asdict(self)
        return {**kept, "labels": list(self.labels), "thresholds": dict(self.thresholds)}

    def difference(self, other: Mapping[str, Any]) -> str | None:
        """Say what differs from the settings another run's manifest keeps; None if nothing that matters."""
        mine = self.to_json()
        for name, words in _WORDS.items():
            before, now = other.get(name), mine[name]
            if before == now:
                continue
            if isinstance(before, Mapping) and isinstance(now, Mapping):
                key = next(key for key in {**before, **now} if before.get(key) != now.get(key))
                what = f"{words}-column" if name == "columns" else words
                what = what.replace("NAME", key)
                return f"{what} {_shown(before.get(key))}, now {_shown(now.get(key))}"
            return f"{words} {_shown(before)}, now {_shown(now)}"
        return None


# In the order in which differences are told; where a model lies is no difference.
_WORDS = {
    "model_version": "model",
    "labels": "--labels",
    "thresholds": "--threshold NAME =",
    "columns": "--NAME",
    "input_format": "--input-format",
    "format": "--format",
    "compression": "--compression",
    "all_sentences": "--all-sentences",
    "precision": "--precision",
    "part_size": "--part-size",
    "unit_bytes": "--unit-size in bytes",
}


def _shown(value: object) -> str:
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value)
