"""The behaviour runner on a toy suite with a system whose answers are known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conflict_events.errors import DataError
from conflict_events.eval.checklist import SUITE, BehaviourResult, Case, read_suite, run_suite
from conflict_events.training.data import Example

LABELS = ("advance", "casualty_report")


class Words:
    """Gives `advance` for "took" and `casualty_report` for "killed"."""

    thresholds = np.array([0.5, 0.5], dtype=np.float32)

    def fit(self, examples: Sequence[Example]) -> None: ...

    def scores(self, examples: Sequence[Example]) -> np.ndarray:
        return np.array([["took" in e.text, "killed" in e.text] for e in examples], dtype=np.float32)


def row(id: str, text: str, labels: list[str], kind: str = "minimal_pair", **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "test": "t",
        "rule": f"rule {kind}",
        "kind": kind,
        "text": text,
        "labels": labels,
        **more,
    }


def suite(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "suite.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_minimal_pairs_look_at_the_labels_under_test_only(tmp_path: Path) -> None:
    path = suite(
        tmp_path,
        row("right", "They took the town.", ["advance"]),
        row("wrong", "They never took the town.", []),
        row(
            "other label",
            "They never took it; two were killed.",
            ["casualty_report"],
            under_test=["casualty_report"],
        ),
    )
    result = run_suite(read_suite(path, labels=LABELS), Words(), LABELS)
    assert [failure.case.id for failure in result.failures] == ["wrong"]
    assert result.failures[0].given == ("advance",)
    assert result.failures[0].expected == ()
    tally = result.by_rule["rule minimal_pair"]
    assert (tally.cases, tally.failures) == (3, 1)
    assert tally.rate.value == pytest.approx(1 / 3)
    assert (tally.rate.low, tally.rate.high) == pytest.approx((0.0615, 0.7923), abs=1e-4)  # Wilson's


def test_invariances_ask_for_the_same_decision_right_or_wrong(tmp_path: Path) -> None:
    path = suite(
        tmp_path,
        row("base", "They overran the town.", ["advance"], "invariance"),  # missed by the system
        row("same", "They overran the city.", ["advance"], "invariance", of="base"),
        row("moved", "They took the town.", ["advance"], "invariance", of="base"),
    )
    result = run_suite(read_suite(path, labels=LABELS), Words(), LABELS)
    assert [failure.case.id for failure in result.failures] == ["moved"]
    assert result.by_rule["rule invariance"].cases == 2


def test_directional_cases_ask_for_what_the_change_brings_and_nothing_else(tmp_path: Path) -> None:
    both = ["advance", "casualty_report"]
    path = suite(
        tmp_path,
        row("base", "They overran the town.", ["advance"], "directional"),
        row("brought", "They overran the town; two were killed.", both, "directional", of="base"),
        row("not brought", "They overran the town and two died.", both, "directional", of="base"),
        row("also moved", "They took the town; two were killed.", both, "directional", of="base"),
    )
    result = run_suite(read_suite(path, labels=LABELS), Words(), LABELS)
    assert [failure.case.id for failure in result.failures] == ["not brought", "also moved"]
    assert [failure.expected for failure in result.failures] == [("casualty_report",), ("casualty_report",)]


def result(failed: set[str], pairs: int = 40) -> BehaviourResult:
    cases = [
        Case(f"r-{pair:02}{letter}", "t", "r", "minimal_pair", "", frozenset(), LABELS, "", "")
        for pair in range(pairs)
        for letter in "ab"
    ]
    return BehaviourResult(tuple(cases), frozenset(failed), f"suite of {pairs}")


def test_pairs_are_resampled_together() -> None:
    both = result({f"r-{pair:02}{letter}" for pair in range(8) for letter in "ab"}).rate()
    one = result({f"r-{pair:02}a" for pair in range(16)}).rate()
    assert both.value == one.value == 0.2
    assert one.low > both.low + 0.01  # as many failures, but eight pairs tell less than sixteen
    assert one.high < both.high - 0.01


def test_two_systems_are_compared_on_the_same_pairs() -> None:
    worse = {f"r-{pair:02}a" for pair in range(12)}
    found = result(worse).compare(result(set(sorted(worse)[:4])))
    assert found.value == pytest.approx(0.1)
    assert 0 < found.low < 0.1 < found.high < 0.2
    assert found.p < 0.01
    with pytest.raises(DataError, match="cannot be compared"):
        result(set()).compare(result(set(), pairs=3))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (row("a", "Text.", ["advence"]), 'line 1: "labels" must be a list of labels'),
        (row("a", "Text.", [], "pair"), "line 1: unknown kind 'pair'"),
        (row("a", "Text.", [], "invariance", of="b"), "there is no case 'b'"),
        ({"id": "a"}, 'line 1: "test" must be a string'),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, bad: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_suite(suite(tmp_path, bad), labels=LABELS)


def test_ids_are_unique(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 2: id 'a' occurs before"):
        read_suite(suite(tmp_path, row("a", "One.", []), row("a", "Two.", [])), labels=LABELS)


def test_the_projects_own_suite_is_sound_and_large_enough() -> None:
    from conflict_events.annotations.label_config import read_label_config

    cases = read_suite(SUITE, labels=read_label_config().labels)
    assert len(cases) >= 600
    for case in cases:
        if case.kind == "minimal_pair" or not case.of:
            continue
        base = next(other for other in cases if other.id == case.of)
        if case.kind == "invariance":
            assert case.labels == base.labels, case.id
