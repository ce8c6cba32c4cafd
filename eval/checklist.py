"""Behaviour tests in the manner of CheckList: small suites of sentences that each probe one rule.

Ribeiro et al., Beyond Accuracy: Behavioral Testing of NLP Models with CheckList, ACL 2020. Three kinds:
`minimal_pair` (a minimum functionality test: the labels under test must be as expected), `invariance` (the
decisions must be those on the sentence it was made from, right or wrong) and `directional` (against that
sentence, the labels that the change brings must appear, those that it takes must go, and no other may move).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from conflict_events.errors import DataError
from conflict_events.eval.baselines import System
from conflict_events.eval.bootstrap import (
    NORMAL_QUANTILE,
    RESAMPLES,
    Difference,
    Estimate,
    difference,
    estimate,
    group_indices,
    group_weights,
)
from conflict_events.training.data import Example

SUITE = Path(__file__).with_name("behaviour")
KINDS = ("minimal_pair", "invariance", "directional")
# A rule of which as large a share fails stands out.
TOO_OFTEN = 0.1
# Sentences that were written as one pair or row have ids that differ in a last letter alone.
_LAST_LETTER = re.compile(r"(?<=\d)[a-z]$")


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence of a suite: `under_test` are the labels it is about, `of` the case it was made from."""

    id: str
    test: str
    rule: str
    kind: str
    text: str
    labels: frozenset[str]
    under_test: tuple[str, ...]
    before: str
    of: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that failed: the labels given and, of those under test, the labels that should have been."""

    case: Case
    given: tuple[str, ...]
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many cases there were, and how many failed."""

    cases: int
    failures: int

    @property
    def rate(self) -> Estimate:
        """Failures as a share of cases, with Wilson's interval (JASA 1927), as if no case told of another.

        Resampling finds no spread where nothing fails, and rules have too few cases to leave it at that.
        """
        value, z = self.failures / self.cases, NORMAL_QUANTILE
        middle = value + z**2 / (2 * self.cases)
        reach = z * math.sqrt(value * (1 - value) / self.cases + z**2 / (4 * self.cases**2))
        whole = 1 + z**2 / self.cases
        return Estimate(value, max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole))


@dataclass(frozen=True)
class BehaviourResult:
    """What a system made of a suite: the cases that count, the ids of those that failed.

    `sha256` is that of the suite. `failures` tells more of those that failed, and is empty for a result that
    was read from a file.
    """

    cases: tuple[Case, ...]
    failed: frozenset[str]
    sha256: str
    failures: tuple[Failure, ...] = ()

    @cached_property
    def by_rule(self) -> dict[str, Tally]:
        """The tally of each rule, in the suite's order."""
        rules = dict.fromkeys(case.rule for case in self.cases)
        return {rule: self._tally([case for case in self.cases if case.rule == rule]) for rule in rules}

    @property
    def total(self) -> Tally:
        """The tally of all rules together."""
        return self._tally(self.cases)

    def rate(self, *, resamples: int = RESAMPLES, seed: int = 0) -> Estimate:
        """The share of all cases that fail, with its interval from a bootstrap over pairs and rows."""
        sample, resampled = self._rates(resamples, seed)
        return estimate(sample, resampled)

    def compare(self, other: BehaviourResult, *, resamples: int = RESAMPLES, seed: int = 0) -> Difference:
        """How much more fails here than in another result on the same suite: a paired bootstrap."""
        if self.sha256 != other.sha256:
            raise DataError("two behaviour suites cannot be compared; run both systems on one")
        (ours, ours_resampled), (theirs, resampled) = (each._rates(resamples, seed) for each in (self, other))
        return difference(ours - theirs, ours_resampled - resampled)

    def _tally(self, cases: Sequence[Case]) -> Tally:
        return Tally(len(cases), sum(case.id in self.failed for case in cases))

    def _rates(self, resamples: int, seed: int) -> tuple[float, npt.NDArray[np.float64]]:
        """The share of failures, and that of each resample of the groups."""
        index, groups = group_indices([_LAST_LETTER.sub("", case.of or case.id) for case in self.cases])
        failed = np.array([case.id in self.failed for case in self.cases], dtype=np.float64)
        weights = group_weights(groups, resamples=resamples if groups > 1 else 0, seed=seed)
        failures = weights @ np.bincount(index, failed, minlength=groups)
        return float(failed.mean()), failures / (weights @ np.bincount(index, minlength=groups))


def read_suite(path: str | Path = SUITE, *, labels: Sequence[str]) -> list[Case]:
    """Read a suite: a JSONL file, or a folder of them.

    A row has id, test, rule, kind, text and labels; optionally under_test (default: all labels), before, and
    of. Raises DataError, with file and line, for anything that is not so.
    """
    path = Path(path)
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise DataError(f"{path}: holds no .jsonl file of behaviour tests")
    cases: dict[str, Case] = {}
    places: dict[str, str] = {}
    for file in files:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise DataError(f"{file}: cannot read the behaviour tests ({error.strerror})") from None
        for number, line in enumerate(lines, start=1):
            if line.strip():
                place = f"{file}, line {number}"
                case = _case(line, labels, place)
                if case.id in cases:
                    raise DataError(f"{place}: id {case.id!r} occurs before ({places[case.id]})")
                cases[case.id], places[case.id] = case, place
    for case in cases.values():
        if case.of and case.of not in cases:
            raise DataError(f"{places[case.id]}: of: there is no case {case.of!r}")
    return list(cases.values())


def run_suite(cases: Sequence[Case], system: System, labels: Sequence[str]) -> BehaviourResult:
    """Let a fitted system decide every sentence of a suite, and tell what fails."""
    if not cases:
        raise DataError("the behaviour suite is empty")
    decided = system.scores([_example(case) for case in cases]) >= system.thresholds
    given = {
        case.id: tuple(label for label, yes in zip(labels, row, strict=True) if yes)
        for case, row in zip(cases, np.asarray(decided), strict=True)
    }
    known = {case.id: case for case in cases}
    counted = cases_that_count(cases)
    failures = []
    for case in counted:
        expected = _expected(case, known.get(case.of), given)
        if expected != frozenset(given[case.id]) & set(case.under_test):
            ordered = tuple(label for label in labels if label in expected)
            failures.append(Failure(case, given[case.id], ordered))
    failed = frozenset(failure.case.id for failure in failures)
    return BehaviourResult(counted, failed, suite_sha256(cases), tuple(failures))


def cases_that_count(cases: Sequence[Case]) -> tuple[Case, ...]:
    """A suite's cases but for the sentences that invariances and directional cases were made from."""
    return tuple(case for case in cases if case.kind == "minimal_pair" or case.of)


def suite_sha256(cases: Sequence[Case]) -> str:
    """A hash over everything that makes cases what they are; it tells one suite from another."""
    told = [(*dataclasses.astuple(replace(case, labels=frozenset())), sorted(case.labels)) for case in cases]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def fails_too_often(cases: int, failures: int) -> bool:
    """Whether as large a share of a rule's cases fails that the rule stands out."""
    return failures >= TOO_OFTEN * cases


def _expected(case: Case, base: Case | None, given: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Which of the labels under test should be given."""
    under_test = frozenset(case.under_test)
    if base is None or case.kind == "minimal_pair":
        return case.labels & under_test
    on_base = frozenset(given[base.id])
    if case.kind == "invariance":
        return on_base & under_test
    brought, taken = case.labels - base.labels, base.labels - case.labels
    return ((on_base | brought) - taken) & under_test


def _example(case: Case) -> Example:
    context = (case.before,) if case.before else ()
    return Example(case.id, case.text, (), case.id, context=context)


def _case(line: str, labels: Sequence[str], place: str) -> Case:
    try:
        row: Any = json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError(f"{place}: not JSON ({error.msg})") from None
    if not isinstance(row, dict):
        raise DataError(f"{place}: expected an object")
    for key in ("id", "test", "rule", "kind", "text"):
        if not isinstance(row.get(key), str) or not row[key]:
            raise DataError(f'{place}: "{key}" must be a string that is not empty')
    if row["kind"] not in KINDS:
        raise DataError(f"{place}: unknown kind {row['kind']!r}; known: {', '.join(KINDS)}")
    for key in ("labels", "under_test"):
        given = row.get(key, [])
        if not isinstance(given, list) or any(label not in labels for label in given):
            raise DataError(f'{place}: "{key}" must be a list of labels (known: {", ".join(labels)})')
    if "labels" not in row:
        raise DataError(f'{place}: the key "labels" is missing; give [] for none')
    return Case(
        id=row["id"],
        test=row["test"],
        rule=row["rule"],
        kind=row["kind"],
        text=row["text"],
        labels=frozenset(row["labels"]),
        under_test=tuple(row.get("under_test") or labels),
        before=row.get("before", ""),
        of=row.get("of", ""),
    )
