"""One lab for all faults: a small untrained model, an inbox, and commands that start warm."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("faults are made by means of Linux (/proc, fork)", allow_module_level=True)

from conflict_events.eval.faults.lab import Lab, open_lab

_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """In memory where there is such a place, as runs force what they write to the disk."""
    memory = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="conflict-events-faults-", dir=memory) as folder:
        with open_lab(Path(folder)) as opened:
            yield opened
