"""An evaluation run: what was measured, for every system, and its result.json and scores.npz."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from conflict_events.annotations.spans import hash_of
from conflict_events.eval.bootstrap import Difference, Estimate
from conflict_events.eval.checklist import BehaviourResult
from conflict_events.eval.measure import Differences, Measures, Outcome, compare, measure
from conflict_events.pages.whole_file import whole_file, write_whole
from conflict_events.training.data import Example

FORMAT = 2  # 1: rates of the behaviour suite without intervals
RESULT = "result.json"
SCORES = "scores.npz"
REPORT = "report.html"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A label wrongly given (a false alarm) or wrongly not given (a miss).

    `confidence` says how sure the system was: the score's distance from its threshold, as a share of the
    largest distance possible on that side; 1 is surest.
    """

    example: Example
    label: str
    given: bool
    score: float
    threshold: float
    confidence: float


@dataclass(frozen=True)
class Measured:
    """One system: its outcome, the measures of all of it and of its parts (sources), and its behaviour.

    `failure_rate` is the share of the behaviour suite that fails.
    """

    outcome: Outcome
    description: str
    overall: Measures
    parts: Mapping[str, Measures]
    behaviour: BehaviourResult | None = None
    failure_rate: Estimate | None = None

    @property
    def name(self) -> str:
        """The system's name."""
        return self.outcome.system


@dataclass(frozen=True)
class Run:
    """Everything a report shows. The first system is the one that the report is about.

    `view` says in a sentence what was held out; `rounds` are the rounds of a view, with their sizes.
    `comparisons` and `behaviour_comparisons` are those of the first system with each other one.
    """

    title: str
    view: str
    files: tuple[str, ...]
    labels: tuple[str, ...]
    systems: tuple[Measured, ...]
    comparisons: Mapping[str, Differences] = field(default_factory=dict)
    behaviour_comparisons: Mapping[str, Difference] = field(default_factory=dict)
    rounds: tuple[Mapping[str, Any], ...] = ()
    note: str = ""


def measure_system(
    outcome: Outcome,
    description: str,
    part_of: Sequence[str],
    *,
    behaviour: BehaviourResult | None = None,
    resamples: int,
) -> Measured:
    """Measure an outcome as a whole and by part; `part_of` names each sentence's part."""
    members: dict[str, list[int]] = {}
    for row, part in enumerate(part_of):
        members.setdefault(part, []).append(row)
    parts = {
        part: measure(outcome.select(members[part]), resamples=resamples)
        for part in sorted(members)
        if len(members) > 1
    }
    overall = measure(outcome, resamples=resamples)
    failure_rate = behaviour.rate(resamples=resamples) if behaviour else None
    return Measured(outcome, description, overall, parts, behaviour, failure_rate)


def compare_with_first(outcomes: Sequence[Outcome], *, resamples: int) -> dict[str, Differences]:
    """By the name of every other system: how much larger the first one's figures are."""
    first, *others = outcomes
    return {other.system: compare(first, other, resamples=resamples) for other in others}


def compare_behaviour_with_first(systems: Sequence[Measured], *, resamples: int) -> dict[str, Difference]:
    """By the name of every other system that tried the suite: how much more of it the first one fails."""
    first, *others = systems
    return {
        other.name: first.behaviour.compare(other.behaviour, resamples=resamples)
        for other in others
        if first.behaviour and other.behaviour
    }


def mistakes(outcome: Outcome) -> list[Mistake]:
    """Every wrong decision, the most confident first."""
    truth, decided = outcome.truth, outcome.decided
    found = []
    for row, column in zip(*np.nonzero(truth != decided), strict=True):
        score, threshold = float(outcome.scores[row, column]), float(outcome.thresholds[row, column])
        given = bool(decided[row, column])
        room = 1 - threshold if given else threshold
        confidence = abs(score - threshold) / room if room > 0 else 1.0
        found.append(
            Mistake(outcome.examples[row], outcome.labels[column], given, score, threshold, confidence)
        )
    return sorted(found, key=lambda mistake: (-mistake.confidence, mistake.example.id, mistake.label))


def write_result(run: Run, folder: Path) -> None:
    """Write scores.npz, for later comparisons, and result.json, with figures and ids but no text.

    The latter comes last, and what an earlier run left goes before: a folder without it is no run.
    """
    text = json.dumps(jsonable(_as_result(run)), indent=1, ensure_ascii=False, allow_nan=False)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (RESULT, REPORT):
        (folder / name).unlink(missing_ok=True)
    first = run.systems[0].outcome
    arrays: dict[str, Any] = {
        "ids": np.array([example.id for example in first.examples]),
        "hashes": np.array([hash_of(example.text) for example in first.examples]),
    }
    for system in run.systems:
        arrays[f"scores/{system.name}"] = system.outcome.scores
        arrays[f"thresholds/{system.name}"] = system.outcome.thresholds
    with whole_file(folder / SCORES) as stream:
        np.savez_compressed(stream, **arrays)
    write_whole(folder / RESULT, text + "\n")


def _as_result(run: Run) -> dict[str, Any]:
    first = run.systems[0].outcome
    return {
        "format": FORMAT,
        "title": run.title,
        "view": run.view,
        "note": run.note,
        "files": run.files,
        "labels": run.labels,
        "sentences": len(first.examples),
        "groups": len({example.group for example in first.examples}),
        "rounds": run.rounds,
        "systems": [_system(measured) for measured in run.systems],
        "comparisons": [
            {
                "system": first.system,
                "other": other,
                "differences": differences,
                "behaviour": run.behaviour_comparisons.get(other),
            }
            for other, differences in run.comparisons.items()
        ],
    }


def _system(measured: Measured) -> dict[str, Any]:
    behaviour = measured.behaviour
    return {
        "name": measured.name,
        "description": measured.description,
        "overall": measured.overall,
        "parts": measured.parts,
        "mistakes": [
            {
                "id": mistake.example.id,
                "label": mistake.label,
                "given": mistake.given,
                "score": round(mistake.score, 4),
                "threshold": round(mistake.threshold, 4),
            }
            for mistake in mistakes(measured.outcome)
        ],
        "behaviour": None
        if behaviour is None
        else {
            "suite_sha256": behaviour.sha256,
            "cases": len(behaviour.cases),
            "rate": measured.failure_rate,
            "rules": {
                rule: {"cases": tally.cases, "failures": tally.failures, "rate": tally.rate}
                for rule, tally in behaviour.by_rule.items()
            },
            "failed": [case.id for case in behaviour.cases if case.id in behaviour.failed],
        },
    }


def jsonable(value: Any) -> Any:
    """Dataclasses as objects, and NaN, which JSON has no word for, as null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return jsonable({item.name: getattr(value, item.name) for item in dataclasses.fields(value)})
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 5)
    return value
