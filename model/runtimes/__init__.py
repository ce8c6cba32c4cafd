"""What runs the model: a small interface, OpenVINO and torch behind it, and the choice between them."""

from __future__ import annotations

from conflict_events.runtimes.base import Runtime as Runtime
from conflict_events.runtimes.choice import open_runtime as open_runtime
