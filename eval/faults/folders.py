"""What is in a run's folder, looked at from outside: whether all is whole, and which articles are there."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_OURS = {"_run", "_rejected"}
_NOT_WHOLE = (ValueError, OSError, KeyError, EOFError)
_TIMES = ("starts", "finished", "errors")


def ids_of(folder: Path) -> list[str]:
    """The ids of the articles in all parts that are whole, in their order.

    In CSV and Parquet an article begins with its sentence 0, which `--all-sentences` makes sure is there.
    """
    found: list[str] = []
    for part in parts_of(folder):
        with suppress(*_NOT_WHOLE):
            found += _ids_in(part)
    return found


def parts_of(folder: Path) -> list[Path]:
    """The parts as any reader finds them: names that begin with "_" or "." are passed over."""
    return sorted(path for path in folder.glob("*") if not path.name.startswith(("_", ".")))


def problems_of(folder: Path) -> list[str]:
    """What is not as it must be at any moment: half-written files, doubled articles, missing parts."""
    if not folder.is_dir():
        return []
    found = []
    strangers = [path.name for path in parts_of(folder) if not path.name.startswith("part-")]
    strangers += [path.name for path in folder.glob("_*") if path.name not in _OURS]
    found += [f"{name} is no file of a run" for name in strangers]
    ids: list[str] = []
    for part in parts_of(folder):
        try:
            ids += _ids_in(part)
        except _NOT_WHOLE as error:
            found.append(f"{part.name} is not whole: {error}")
    found += [f"{id} is there {count} times" for id, count in Counter(ids).items() if count > 1]
    for file in [*folder.glob("_run/**/*.json*"), *folder.glob("_rejected/*.jsonl")]:
        if file.name.startswith("."):
            continue  # Half written, as its name says: the next start removes it.
        try:
            _json_lines(file) if file.suffix == ".jsonl" else json.loads(file.read_bytes())
        except ValueError as error:
            found.append(f"{file.relative_to(folder)} is not whole: {error}")
            continue
        if file.parent.name == "units":
            found += _missing_parts(folder, json.loads(file.read_bytes()))
    return found


def difference(folder: Path, undisturbed: Path) -> list[str]:
    """How a finished run's folder differs from that of one that nothing happened to: byte by byte."""
    found = []
    mine, theirs = _contents(folder), _contents(undisturbed)
    found += [f"{name} is missing" for name in theirs.keys() - mine.keys()]
    found += [f"{name} is too much" for name in mine.keys() - theirs.keys()]
    found += [f"{name} differs" for name in theirs.keys() & mine.keys() if mine[name] != theirs[name]]
    return found


def lost_and_doubled(expected: Iterable[str], found: Iterable[str]) -> tuple[int, int]:
    """How many articles are not there, and how many are there once too often."""
    wanted, present = Counter(expected), Counter(found)
    return (wanted - present).total(), (present - wanted).total()


def rejections_of(folder: Path) -> list[dict[str, Any]]:
    """The rejected records, in their order."""
    return [row for file in sorted(folder.glob("_rejected/*.jsonl")) for row in _json_lines(file)]


def state_of(folder: Path) -> str:
    """How far a run has come: "nothing", "planned", "tagging" or what its manifest says."""
    manifest = folder / "_run" / "manifest.json"
    if not manifest.exists():
        return "before the plan" if not (folder / "_run" / "plan.jsonl").exists() else "before the manifest"
    state = str(json.loads(manifest.read_bytes())["state"])
    if state == "running":
        return "before the first part" if not parts_of(folder) else "between parts"
    return state


def _ids_in(part: Path) -> Iterator[str]:
    if part.suffix == ".parquet":
        from pyarrow import ArrowException
        from pyarrow import parquet as pq

        try:
            rows = pq.read_table(part, columns=["article_id", "sentence_index"]).to_pylist()
        except ArrowException as error:
            raise ValueError(str(error)) from error
        return iter([row["article_id"] for row in rows if row["sentence_index"] == 0])
    content = gzip.decompress(part.read_bytes()) if part.suffix == ".gz" else part.read_bytes()
    if not content.endswith(b"\n"):
        raise ValueError("it ends within a line")
    if ".jsonl" in part.name:
        return iter([str(json.loads(line)["id"]) for line in content.splitlines()])
    table = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
    return iter([row["article_id"] for row in table if row["sentence_index"] == "0"])


def _json_lines(file: Path) -> list[dict[str, Any]]:
    content = file.read_bytes()
    if content and not content.endswith(b"\n"):
        raise ValueError("it ends within a line")
    return [json.loads(line) for line in content.splitlines()]


def _missing_parts(folder: Path, record: dict[str, Any]) -> Iterator[str]:
    for part in record["parts"]:
        for name in (part["name"], part["rejected_name"]):
            if name and not (folder / name).is_file():
                yield f"{name} is in the record of unit {record['unit']} and not there"
        if part["name"] and (folder / part["name"]).is_file():
            try:
                count = len(list(_ids_in(folder / part["name"])))
            except _NOT_WHOLE:
                continue  # That it is not whole has been said.
            if count != part["articles"]:
                yield f"{part['name']} holds {count} articles, and its record says {part['articles']}"


def _contents(folder: Path) -> dict[str, Any]:
    """All files of a run by name; of the manifest, what does not tell the time or how often it was begun."""
    found: dict[str, Any] = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "lock":
            found[str(path.relative_to(folder))] = path.read_bytes()
    if (manifest := found.get("_run/manifest.json")) is not None:
        with suppress(ValueError):
            data = json.loads(manifest)
            found["_run/manifest.json"] = {key: value for key, value in data.items() if key not in _TIMES}
    return found
