"""Earlier evaluation runs: found by name, and read for comparison."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from conflict_events.annotations.spans import hash_of
from conflict_events.errors import DataError
from conflict_events.eval.checklist import BehaviourResult, Case, cases_that_count, suite_sha256
from conflict_events.eval.measure import Outcome
from conflict_events.eval.run import RESULT, SCORES
from conflict_events.reading.streams import archive_errors
from conflict_events.training.data import Example

# What a damaged run raises beside the usual: a header that asks for too much, and JSON of another kind.
DAMAGE = archive_errors(MemoryError, OverflowError, TypeError, AttributeError)


def is_run(folder: str | Path) -> bool:
    """Whether a path is the folder of an earlier run."""
    return (Path(folder) / RESULT).is_file()


def find_run(named: str | Path) -> tuple[Path, str | None] | None:
    """The folder of an earlier run, and which of its systems is meant, from FOLDER or FOLDER:SYSTEM.

    None if there is no such run; a system of None is the first.
    """
    if is_run(named):
        return Path(named), None
    parts = str(named).split(":")
    for count in range(1, len(parts)):
        folder, system = ":".join(parts[:count]), ":".join(parts[count:])
        if folder and system and is_run(folder):
            return Path(folder), system
    return None


def read_outcome(
    folder: Path, examples: Sequence[Example], labels: Sequence[str], system: str | None = None
) -> Outcome:
    """What a system of an earlier run, by default its first, said of `examples`, in their order.

    The run may have measured other sentences beside these. Raises DataError where it did not measure all of
    these, or another text of one, or other labels, or has no such system, or its files cannot be read.
    """
    result, name = read_result(folder, system)
    try:
        of = [str(label) for label in result["labels"]]
        with np.load(folder / SCORES, allow_pickle=False) as arrays:
            row_of = {str(identifier): row for row, identifier in enumerate(arrays["ids"].tolist())}
            hashes = [str(hash_) for hash_ in arrays["hashes"].tolist()] if "hashes" in arrays else None
            scores, thresholds = arrays[f"scores/{name}"], arrays[f"thresholds/{name}"]
        whole = hashes is None or len(hashes) == len(row_of)
        if not whole or not scores.shape == thresholds.shape == (len(row_of), len(of)):
            raise ValueError("its arrays are of another size than its sentences and labels")
    except DAMAGE as error:
        raise not_a_run(folder, error) from None
    if of != list(labels):
        raise DataError(f"{folder}: measured other labels ({', '.join(of)})")
    if hashes is None:
        raise DataError(
            f"{folder}: of an earlier version, which kept no hashes of sentences; measure it again"
        )
    if strange := next((example.id for example in examples if example.id not in row_of), None):
        raise DataError(
            f"{folder}: measured other sentences, not {strange!r}; evaluate both on the same files and view"
        )
    rows = [row_of[example.id] for example in examples]
    for row, example in zip(rows, examples, strict=True):
        if hashes[row] != hash_of(example.text):
            raise DataError(
                f"{folder}: measured another text of {example.id!r}; evaluate both on the same files"
            )
    told = f"{folder.resolve().name}: {name}"
    return Outcome(told, tuple(labels), tuple(examples), scores[rows], thresholds[rows])


def read_behaviour(
    folder: Path,
    cases: Sequence[Case],
    system: str | None = None,
    *,
    say: Callable[[str], None] = lambda message: None,
) -> BehaviourResult | None:
    """What a system of an earlier run, by default its first, made of the behaviour suite.

    None, which is said, where that run left the suite out or had another one; by runs of format 1, which have
    no hash of it, others are told by ids and counts alone. Raises DataError as `read_outcome` does.
    """
    result, name = read_result(folder, system)
    try:
        behaviour = next(each for each in result["systems"] if each["name"] == name).get("behaviour")
        if behaviour is None:
            say(f"{folder}: {name} did not try the behaviour suite")
            return None
        tallies = {str(rule): int(tally["cases"]) for rule, tally in behaviour["rules"].items()}
        failed = frozenset(str(identifier) for identifier in behaviour["failed"])
        sha256 = behaviour.get("suite_sha256")
    except DAMAGE as error:
        raise not_a_run(folder, error) from None
    counted = cases_that_count(cases)
    found = BehaviourResult(counted, failed, suite_sha256(cases))
    same = {rule: tally.cases for rule, tally in found.by_rule.items()} == tallies
    if not same or failed - {case.id for case in counted} or sha256 not in (None, found.sha256):
        say(f"{folder}: {name} tried another behaviour suite, and is left out of it")
        return None
    return found


def read_result(folder: Path, system: str | None = None) -> tuple[dict[str, Any], str]:
    """The figures of an earlier run, and the name of the system that is meant, by default its first.

    Raises DataError where the file cannot be read or has no such system.
    """
    try:
        result = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        names = [str(each["name"]) for each in result["systems"]]
        name = names[0] if system is None else system
    except DAMAGE as error:
        raise not_a_run(folder, error) from None
    if name not in names:
        raise DataError(f"{folder}: has no system {name!r}; there are {', '.join(names)}")
    return result, name


def not_a_run(folder: Path, error: Exception) -> DataError:
    """What is said of a folder whose files could not be read, or hold something else."""
    return DataError(f"{folder}: not the folder of an evaluation run ({error})")
