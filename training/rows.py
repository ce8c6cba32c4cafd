"""Rows of JSON lines that training reads: labelled sentences, a teacher's scores."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conflict_events.errors import DataError


def read_rows(path: Path, keys: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each object of a JSONL file with its place, for messages; `keys` says what an object should have.

    Raises DataError, naming file and line, for a line that is no object in UTF-8. Empty lines are skipped.
    """
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                if raw.strip():
                    place = f"{path}, line {number}"
                    yield place, _parse_row(raw, place, keys)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None


def _parse_row(raw: bytes, place: str, keys: str) -> Mapping[str, Any]:
    try:
        row = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DataError(f"{place}: not UTF-8 (byte {error.start} of the line)") from None
    except json.JSONDecodeError as error:
        raise DataError(f"{place}: not JSON: {error.msg} at character {error.pos}") from None
    except ValueError:
        raise DataError(f"{place}: a number with too many digits; quote it or remove the row") from None
    except RecursionError:
        raise DataError(f"{place}: JSON nested too deeply; flatten or remove the row") from None
    if not isinstance(row, dict):
        raise DataError(f"{place}: expected an object with {keys}, found {kind_of(row)}")
    return row


def kind_of(value: object) -> str:
    """What kind of JSON value it is, for messages."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
