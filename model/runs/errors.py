"""What can be wrong with a run."""

from __future__ import annotations

from conflict_events.errors import ConflictEventsError


class RunError(ConflictEventsError):
    """A run folder that cannot be used as asked: another run's, one in use, a damaged one."""


class ChangedInputError(RunError):
    """An input that is no longer what it was when the run began."""
