"""Runs: tagging into a folder of parts that goes on where it stopped, and ends with every article once."""

from conflict_events.runs.counts import Counts
from conflict_events.runs.errors import ChangedInputError, RunError
from conflict_events.runs.plan import Input, Unit
from conflict_events.runs.run import Run, open_run
from conflict_events.runs.settings import Settings
from conflict_events.runs.work import UnitResult, tag_unit

__all__ = [
    "ChangedInputError",
    "Counts",
    "Input",
    "Run",
    "RunError",
    "Settings",
    "Unit",
    "UnitResult",
    "open_run",
    "tag_unit",
]
