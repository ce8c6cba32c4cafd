"""Behaviour tests in the manner of CheckList: small suites of sentences that each probe one rule.

Ribeiro et al., Beyond Accuracy: Behavioral Testing of NLP Models with CheckList, ACL 2020. Three kinds:
`minimal_pair` (a minimum functionality test: the labels under test must be as expected), `invariance` (the
decisions must be those on the sentence it was made from, right or wrong) and `directional` (against that
sentence, the labels that the change brings must appear, those that it takes must go, and no other may move).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from conflict_events.errors import DataError
from conflict_events.eval.baselines import System
from conflict_events.training.data import Example

SUITE = Path(__file__).with_name("behaviour")
KINDS = ("minimal_pair", "invariance", "directional")


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
    def rate(self) -> float:
        """Failures as a share of cases."""
        return self.failures / self.cases


@dataclass(frozen=True)
class BehaviourResult:
    """Tallies by rule, and by rule and test, in the suite's order; and every failure."""

    by_rule: Mapping[str, Tally]
    by_test: Mapping[tuple[str, str], Tally]
    failures: tuple[Failure, ...]

    @property
    def total(self) -> Tally:
        """The tally of all rules together."""
        return Tally(sum(tally.cases for tally in self.by_rule.values()), len(self.failures))


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
    """Let a fitted system decide every sentence of a suite, and tally what fails.

    Sentences that invariances and directional cases were made from are no cases themselves.
    """
    if not cases:
        raise DataError("the behaviour suite is empty")
    decided = system.scores([_example(case) for case in cases]) >= system.thresholds
    given = {
        case.id: tuple(label for label, yes in zip(labels, row, strict=True) if yes)
        for case, row in zip(cases, np.asarray(decided), strict=True)
    }
    known = {case.id: case for case in cases}
    counted = [case for case in cases if case.kind == "minimal_pair" or case.of]
    failures = []
    for case in counted:
        expected = _expected(case, known.get(case.of), given)
        if expected != frozenset(given[case.id]) & set(case.under_test):
            ordered = tuple(label for label in labels if label in expected)
            failures.append(Failure(case, given[case.id], ordered))
    failed = {failure.case.id for failure in failures}
    return BehaviourResult(
        {
            rule: _tally([case for case in counted if case.rule == rule], failed)
            for rule in dict.fromkeys(case.rule for case in counted)
        },
        {
            (rule, test): _tally([c for c in counted if (c.rule, c.test) == (rule, test)], failed)
            for rule, test in dict.fromkeys((case.rule, case.test) for case in counted)
        },
        tuple(failures),
    )


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


def _tally(cases: Sequence[Case], failed: set[str]) -> Tally:
    return Tally(len(cases), sum(case.id in failed for case in cases))


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
