"""A run of two small systems, and the command in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conflict_events.eval.checklist import Case, read_suite
from conflict_events.eval.evaluation import Entrant, evaluate_systems, make_rounds
from conflict_events.eval.run import Run

from .two_systems import HOSTILE, LABELS, Fixed, examples

Evaluate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def evaluate(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Evaluate:
    """Runs `conflict-events evaluate` with arguments; returns exit code, standard output, standard error."""
    from conflict_events.scripts.cli import main

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["evaluate", *map(str, arguments), "--resamples", "100", "-o", str(tmp_path / "out")])
        code = ended.value.code
        return (code if isinstance(code, int) else 1 if code else 0, *capsys.readouterr())

    return run


@pytest.fixture(scope="package")
def suite() -> list[Case]:
    """Forty cases on the two labels, eight of them made from sentences that are no cases of their own."""
    every = read_suite(labels=("advance", "airstrike", "casualty_report", "diplomatic_statement"))
    pairs = [case for case in every if set(case.under_test) <= set(LABELS)][:32]
    derived = [case for case in every if case.of][:8]
    bases = [case for case in every if case.id in {each.of for each in derived}]
    return pairs + [
        replace(case, under_test=LABELS, labels=case.labels & set(LABELS)) for case in (*bases, *derived)
    ]


@pytest.fixture(scope="package")
def run(suite: list[Case]) -> Run:
    entrants = [Entrant("first", HOSTILE, lambda: Fixed(1)), Entrant("second", "the other", lambda: Fixed(2))]
    rounds = make_rounds(examples(), [], LABELS)
    return evaluate_systems(entrants, rounds, LABELS, cases=suite, resamples=200, title=HOSTILE, note=HOSTILE)
