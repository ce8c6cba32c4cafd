"""Labelled rows, as files hold them and as stand-off labels give them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conflict_events.annotations.standoff import join


def rows_in(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def joined(path: Path, folder: Path) -> list[dict[str, Any]]:
    return [row for _, row in join(path, folder)]
