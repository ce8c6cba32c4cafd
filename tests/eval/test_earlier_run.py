"""Earlier runs: found by name, compared with, and refused where they are damaged or of another kind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conflict_events.errors import DataError
from conflict_events.eval.checklist import Case
from conflict_events.eval.earlier_run import find_run, read_behaviour, read_outcome
from conflict_events.eval.evaluation import Entrant, evaluate_systems, make_rounds
from conflict_events.eval.measure import Outcome
from conflict_events.eval.report import write_report
from conflict_events.eval.run import Run
from conflict_events.training.data import Example

from .two_systems import LABELS, Fixed, examples


def test_an_earlier_run_can_be_compared_with(run: Run, tmp_path: Path) -> None:
    write_report(run, tmp_path / "old")
    shuffled = list(reversed(run.systems[0].outcome.examples))
    earlier = read_outcome(tmp_path / "old", shuffled, LABELS)
    assert np.array_equal(earlier.scores[::-1], run.systems[0].outcome.scores)
    assert earlier.system == "old: first"
    part = read_outcome(tmp_path / "old", shuffled[1:], LABELS)
    assert np.array_equal(part.scores, earlier.scores[1:])
    with pytest.raises(DataError, match="other sentences, not 'elsewhere'"):
        read_outcome(tmp_path / "old", [*shuffled, Example("elsewhere", "text", (), "e")], LABELS)
    with pytest.raises(DataError, match="other labels"):
        read_outcome(tmp_path / "old", shuffled, ("advance",))
    with pytest.raises(DataError, match="not the folder of an evaluation run"):
        read_outcome(tmp_path / "new", shuffled, LABELS)


def test_another_system_of_an_earlier_run_is_named_after_its_folder(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "ol:d"
    write_report(run, folder)
    assert find_run(folder) == (folder, None)
    assert find_run(f"{folder}:second") == (folder, "second")
    assert find_run(f"{folder}:old: first") == (folder, "old: first")  # what a run calls one it was given
    assert find_run(tmp_path / "nowhere:second") is None
    assert find_run("shipped") is None
    examples, second = run.systems[0].outcome.examples, run.systems[1].outcome
    found = read_outcome(folder, examples, LABELS, "second")
    assert found.system == "ol:d: second"
    assert np.array_equal(found.scores, second.scores)
    with pytest.raises(DataError, match="has no system 'third'; there are first, second"):
        read_outcome(folder, examples, LABELS, "third")


def test_what_an_earlier_run_made_of_the_suite_can_be_read(
    run: Run, suite: list[Case], tmp_path: Path
) -> None:
    write_report(run, tmp_path / "old")
    assert read_behaviour(tmp_path / "old", suite, "second") == replace(run.systems[1].behaviour, failures=())
    result = json.loads((tmp_path / "old" / "result.json").read_text(encoding="utf-8"))
    del result["systems"][0]["behaviour"]["suite_sha256"]  # as of format 1
    (tmp_path / "old" / "result.json").write_text(json.dumps(result), encoding="utf-8")
    assert read_behaviour(tmp_path / "old", suite).failed == run.systems[0].behaviour.failed
    result["systems"][0]["behaviour"] = None
    (tmp_path / "old" / "result.json").write_text(json.dumps(result), encoding="utf-8")
    said: list[str] = []
    assert read_behaviour(tmp_path / "old", suite, say=said.append) is None
    assert said == [f"{tmp_path / 'old'}: first did not try the behaviour suite"]
    (tmp_path / "old" / "result.json").write_text('{"systems": [{"name": "first", "behaviour": 3}]}')
    with pytest.raises(DataError, match="not the folder of an evaluation run"):
        read_behaviour(tmp_path / "old", suite)


def test_a_run_on_another_suite_is_left_out_of_it(run: Run, suite: list[Case], tmp_path: Path) -> None:
    write_report(run, tmp_path / "old")
    base = next(number for number, case in enumerate(suite) if case.kind != "minimal_pair" and not case.of)
    for other in (
        suite[1:],
        [replace(suite[0], text="Another sentence."), *suite[1:]],
        [replace(suite[0], before="Another before it."), *suite[1:]],
        [replace(suite[0], labels=suite[0].labels ^ {"advance"}), *suite[1:]],
        [*suite[:base], replace(suite[base], text="Another sentence."), *suite[base + 1 :]],
    ):
        said: list[str] = []
        assert read_behaviour(tmp_path / "old", other, say=said.append) is None
        assert said == [f"{tmp_path / 'old'}: first tried another behaviour suite, and is left out of it"]


@pytest.mark.parametrize("name", ["result.json", "scores.npz"])
def test_a_damaged_run_is_told_of_in_a_line(run: Run, tmp_path: Path, name: str) -> None:
    write_report(run, tmp_path / "old")
    whole = (tmp_path / "old" / name).read_bytes()
    examples = run.systems[0].outcome.examples
    chance = np.random.default_rng(7)
    damaged = [b"", whole[: len(whole) // 2], b"[]", b"null", b'{"labels": null, "systems": [{"name": 1}]}']
    for _ in range(40):
        flipped = bytearray(whole)
        for place in chance.integers(len(whole), size=3):
            flipped[place] ^= 1 << int(chance.integers(8))
        damaged.append(bytes(flipped))
    refused = 0
    for content in damaged:
        (tmp_path / "old" / name).write_bytes(content)
        try:
            read_outcome(tmp_path / "old", examples, LABELS)
        except DataError:
            refused += 1
    assert refused >= 5


def test_a_run_on_other_text_under_the_same_ids_is_refused(run: Run, tmp_path: Path) -> None:
    write_report(run, tmp_path / "old")
    measured = list(run.systems[0].outcome.examples)
    spaced = [replace(example, text=f" {example.text} ") for example in measured]
    read_outcome(tmp_path / "old", spaced, LABELS)  # white space is no other text
    measured[5] = replace(measured[5], text="Something else was written here.")
    with pytest.raises(DataError, match=f"another text of '{measured[5].id}'"):
        read_outcome(tmp_path / "old", measured, LABELS)


def test_a_run_of_an_earlier_version_is_to_be_measured_again(run: Run, tmp_path: Path) -> None:
    write_report(run, tmp_path / "old")
    with np.load(tmp_path / "old" / "scores.npz") as arrays:
        kept = {key: value for key, value in arrays.items() if key != "hashes"}
    np.savez(tmp_path / "old" / "scores.npz", **kept)
    with pytest.raises(DataError, match="kept no hashes of sentences; measure it again"):
        read_outcome(tmp_path / "old", run.systems[0].outcome.examples, LABELS)


def test_a_run_with_too_few_scores_is_refused(run: Run, tmp_path: Path) -> None:
    write_report(run, tmp_path / "old")
    with np.load(tmp_path / "old" / "scores.npz") as arrays:
        kept = {key: value[:3] if key == "scores/first" else value for key, value in arrays.items()}
    np.savez(tmp_path / "old" / "scores.npz", **kept)
    with pytest.raises(DataError, match="of another size than its sentences"):
        read_outcome(tmp_path / "old", run.systems[0].outcome.examples, LABELS)


def test_two_earlier_runs_of_one_name_are_refused_before_anything_is_trained() -> None:
    class Untouched(Fixed):
        def fit(self, examples: list[Example]) -> None:
            pytest.fail("trained before the earlier runs were looked at")

    rounds = make_rounds(examples(), [], LABELS, hold_out="fold")

    def earlier(measured: Sequence[Example]) -> list[tuple[Outcome, None]]:
        scores = np.zeros((len(measured), len(LABELS)), dtype=np.float32)
        return [(Outcome("old: first", LABELS, tuple(measured), scores, scores), None) for _ in range(2)]

    with pytest.raises(DataError, match="two systems are named 'old: first'"):
        evaluate_systems([Entrant("x", "", lambda: Untouched(1))], rounds, LABELS, earlier=earlier)
