"""What the options of `conflict-events tag` mean: checked, and refused before any work."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conflict_events.errors import ConflictEventsError
from conflict_events.reading import Columns

TABLE = "table"


@dataclass(frozen=True, slots=True)
class Asked:
    """The options as they were given."""

    paths: Sequence[str]
    output: str
    format: str | None
    labels: str | None
    thresholds: Sequence[str]
    all_sentences: bool
    quiet: bool
    strict: bool
    rejected: str | None
    model: str | None
    device: str
    runtime: str
    precision: str
    input_format: str | None
    columns: Columns
    engine: str | None
    part_size: int | None
    unit_size: float | None
    compression: str | None
    workers: int | None = None
    cpus_per_worker: int | None = None
    gpus_per_worker: float = 0.0
    ray_address: str | None = None

    @property
    def for_ray(self) -> list[str]:
        """The options given that say something to engine ray alone."""
        options = {
            "--workers": self.workers,
            "--cpus-per-worker": self.cpus_per_worker,
            "--gpus-per-worker": self.gpus_per_worker,
            "--ray-address": self.ray_address,
        }
        return [name for name, value in options.items() if value]


def names_a_folder(output: str, format: str | None) -> bool:
    """Whether -o names a folder for a run: "out/", a folder that is there, or "out" with --format."""
    from conflict_events.output import STANDARD_OUTPUT
    from conflict_events.reading.remote import is_remote, local_path
    from conflict_events.runs.settings import FORMATS

    if output in ("", STANDARD_OUTPUT):
        return False
    output = local_path(output)
    if output.endswith("/") or (not is_remote(output) and Path(output).is_dir()):
        return True
    if is_remote(output):
        return not Path(output.partition("://")[2]).suffix
    return format in FORMATS and not Path(output).suffix and not Path(output).exists()


def output_format(format: str | None, output: str) -> str:
    """Return the format to write one file in, as asked for or as its name tells."""
    from conflict_events.output import FORMATS, STANDARD_OUTPUT, OutputError, guess_format

    to_terminal = output == STANDARD_OUTPUT
    if format is None:
        return TABLE if to_terminal else guess_format(output)
    if format not in (TABLE, *FORMATS):
        raise OutputError(f"unknown output format {format!r}; there are {', '.join((TABLE, *FORMATS))}")
    if format == TABLE and not to_terminal:
        raise OutputError(f"{output}: the table is for a terminal; for a file choose {', '.join(FORMATS)}")
    if format == "parquet" and to_terminal and sys.stdout.isatty():
        raise OutputError("Parquet is not for a terminal: name a file with -o, or redirect the output")
    return format


def wanted_labels(asked: str | None, known: Sequence[str]) -> tuple[str, ...]:
    """Return the labels asked for, in the model's order."""
    if asked is None:
        return tuple(known)
    names = [name.strip() for name in asked.split(",") if name.strip()]
    for name in names:
        _require_label(name, known)
    if not names:
        raise ConflictEventsError("--labels: name at least one label")
    return tuple(label for label in known if label in names)


def chosen_thresholds(options: Sequence[str], model_thresholds: Mapping[str, float]) -> dict[str, float]:
    """Return the model's thresholds, replaced by those of the command line; a label's own goes first."""
    chosen = dict(model_thresholds)
    for option in sorted(options, key=lambda option: "=" in option):
        label, _, number = option.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            raise ConflictEventsError(
                f"--threshold {option}: give a number from 0 to 1, or one for a label, as in advance=0.6"
            )
        if label:
            _require_label(label, list(model_thresholds))
        chosen.update(dict.fromkeys([label] if label else chosen, value))
    return chosen


def _require_label(name: str, known: Sequence[str]) -> None:
    from conflict_events.errors import ModelError
    from conflict_events.scripts.messages import did_you_mean

    if name not in known:
        raise ModelError(
            f"the model has no label {name!r}; it has {', '.join(known)}{did_you_mean(name, known)}"
        )
