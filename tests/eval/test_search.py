from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conflict_events.errors import DataError
from conflict_events.eval.measure import Outcome
from conflict_events.eval.search import cut_in_three, draw_settings, leave_out, search, write_search
from conflict_events.training.data import Example
from conflict_events.training.run_folder import AstrayError
from conflict_events.training.settings import Settings

LABELS = ("advance", "airstrike")
EXAMPLES = tuple(
    Example(f"d{n // 2}:{n % 2}", f"text {n}", (LABELS[n % 2],) if n % 3 else (), f"d{n // 2}")
    for n in range(60)
)
TRUTH = np.array([[label in example.labels for label in LABELS] for example in EXAMPLES])


def outcome(quality: float) -> Outcome:
    """Scores that tell the truth from the rest the better the higher `quality` is."""
    noise = np.random.default_rng(3).random(TRUTH.shape)
    scores = (quality * TRUTH + (1 - quality) * noise).astype(np.float32)
    return Outcome("x", LABELS, EXAMPLES, scores, np.full(TRUTH.shape, 0.5, dtype=np.float32))


def test_settings_are_drawn_alike_and_fewer_are_the_first_of_more() -> None:
    start = Settings(max_length=96)
    drawn = draw_settings(start, 6, seed=4)
    assert drawn[0] == start
    assert drawn == draw_settings(start, 6, seed=4)
    assert drawn[:4] == draw_settings(start, 4, seed=4)
    assert drawn[1:] != draw_settings(start, 6, seed=5)[1:]
    assert {settings.max_length for settings in drawn} == {96}
    assert len({settings.learning_rate for settings in drawn}) == 6


def test_the_better_third_goes_on_and_so_do_the_settings_begun_with(tmp_path: Path) -> None:
    candidates = draw_settings(Settings(), 6, seed=1)
    trained: list[tuple[int, int]] = []

    def train_one(number: int, settings: Settings) -> tuple[Outcome, Outcome]:
        trained.append((number, settings.epochs))
        assert settings == replace(candidates[number], epochs=settings.epochs)
        return outcome(0.05 + 0.06 * number), outcome(0.3 - 0.04 * number)  # better here, worse there

    stages = search(candidates, train_one, epochs=[1, 3])
    assert trained == [*((number, 1) for number in range(6)), (5, 3), (4, 3), (0, 3)]
    assert [trial.number for trial in stages[1]] == [5, 4, 0]
    write_search(stages, tmp_path, {"learnt_from": 40, "chosen_on": 10, "measured_on": 10})
    told = json.loads((tmp_path / "search.json").read_text())["trials"]
    assert [trial["trial"] for trial in told if trial["stage"] == 1] == [5, 4, 0]
    assert Settings(**told[6]["settings"]) == replace(candidates[5], epochs=3)
    assert all("measured" not in trial for trial in told if trial["stage"] == 0)
    lead = told[6]["measured"]["macro average_precision"]["ahead"]
    assert told[6]["chosen_by"]["macro average_precision"] > told[8]["chosen_by"]["macro average_precision"]
    assert lead["high"] < 0  # what chose it is not what measures it
    text = (tmp_path / "search.md").read_text()
    assert "Learnt from 40 sentences. The 10 that chose" in text
    table = [row for row in text.splitlines() if row.startswith("|")]
    assert len(table) == 2 + 6 + 3
    assert len({row.count("|") for row in table}) == 1


def test_a_draw_whose_training_goes_astray_is_left_out_and_the_settings_begun_with_are_not() -> None:
    def train_one(number: int, settings: Settings) -> tuple[Outcome, Outcome]:
        if number == astray:
            raise AstrayError(Path("run"))
        return outcome(0.3), outcome(0.3)

    candidates, said = draw_settings(Settings(), 3, seed=1), list[str]()
    astray = 1
    [trials] = search(candidates, train_one, epochs=[1], say=said.append)
    assert [trial.number for trial in trials] == [0, 2]
    assert "trial 1, 1 epochs: went astray, and is left out" in said
    astray = 0
    with pytest.raises(AstrayError, match="smaller learning rate"):
        search(candidates, train_one, epochs=[1])


def test_a_trial_that_went_astray_comes_last() -> None:
    candidates = draw_settings(Settings(), 3, seed=1)
    astray = Outcome("x", LABELS, EXAMPLES[:1], np.zeros((1, 2), np.float32), np.ones((1, 2), np.float32))

    def train_one(number: int, settings: Settings) -> tuple[Outcome, Outcome]:
        found = astray if number == 1 else outcome(0.2 + 0.01 * number)
        return found, found

    [trials] = search(candidates, train_one, epochs=[1])
    assert [trial.number for trial in trials] == [2, 0, 1]


def test_the_parts_share_no_group_and_lack_no_label() -> None:
    parts = cut_in_three(EXAMPLES, 0.2, LABELS, seed=1)
    groups = [{example.group for example in part} for part in parts]
    assert sum(len(part) for part in parts) == len(EXAMPLES)
    assert not groups[0] & groups[1] | groups[0] & groups[2] | groups[1] & groups[2]
    assert 9 <= len(parts[1]) <= 15
    assert 9 <= len(parts[2]) <= 15
    with pytest.raises(DataError, match="'siege' does not occur in all of the three parts of 60 sentences"):
        cut_in_three(EXAMPLES, 0.2, (*LABELS, "siege"), seed=1)
    with pytest.raises(DataError, match="leave nothing to learn from"):
        cut_in_three(EXAMPLES, 0.5, LABELS, seed=1)


def test_what_must_not_be_looked_at_is_left_out_with_its_groups_and_near_duplicates() -> None:
    long = "The delegation left the capital on Monday after two days of talks that led to no agreement at all"
    examples = [
        Example("a:0", "One.", (), "a"),
        Example("b:0", long + " .", (), "b"),
        Example("c:0", "Three.", (), "c"),
    ]
    apart = [Example("a:1", "Two.", (), "a"), Example("z:0", long, (), "z")]
    assert [example.id for example in leave_out(examples, apart)] == ["c:0"]


@pytest.mark.parametrize("epochs", ["", "x", "3,1", "0,2", "2,2"])
def test_epochs_that_do_not_rise_are_refused(epochs: str) -> None:
    from conflict_events.eval.command import rising_numbers

    with pytest.raises(DataError, match="give whole numbers that rise"):
        rising_numbers("--epochs", epochs)


def test_no_more_is_drawn_than_there_is() -> None:
    from conflict_events.eval.command import rising_numbers

    assert rising_numbers("--sizes", "5,20", 20) == [5, 20]
    with pytest.raises(DataError, match="--sizes '5,20': there are 19 sentences to draw from"):
        rising_numbers("--sizes", "5,20", 19)


@pytest.mark.integration
def test_a_search_trains_and_goes_on_where_it_was_interrupted(tmp_path: Path, tiny_base: Path) -> None:
    import typer
    from typer.testing import CliRunner

    from conflict_events.eval.search import search_settings

    rows = [
        {
            "id": f"s{n}:0",
            "text": f"{('Troops took', 'Warplanes bombed', 'Rain fell on')[n % 3]} the town of place {n}.",
            "labels": [["advance"], ["airstrike"], []][n % 3],
        }
        for n in range(48)
    ]
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = tmp_path / "labels.xml"
    choices = "".join(f'<Choice value="{label}"/>' for label in LABELS)
    config.write_text(
        f'<View><Text name="t" value="$sentence"/><Choices name="c" toName="t" choice="multiple">{choices}'
        "</Choices></View>"
    )
    app = typer.Typer()
    app.command()(search_settings)
    asked = [str(data), "-o", str(tmp_path / "out"), "--trials", "2", "--epochs", "1,2"]
    asked += ["--base", str(tiny_base), "--setting", "max_length=32", "--labels-config", str(config)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    first = (tmp_path / "out" / "search.json").read_bytes()
    told = json.loads(first)
    assert told["learnt_from"] + told["chosen_on"] + told["measured_on"] == 48
    assert {trial["settings"]["max_length"] for trial in told["trials"]} == {32}
    models = sorted((tmp_path / "out").glob("trial-*/model/model.safetensors"))
    times = [model.stat().st_mtime_ns for model in models]
    assert CliRunner().invoke(app, asked).exit_code == 0
    assert (tmp_path / "out" / "search.json").read_bytes() == first
    assert [model.stat().st_mtime_ns for model in models] == times  # nothing was trained again
    changed = [*asked, "--setting", "averaging=0.5"]
    refused = CliRunner().invoke(app, changed)
    assert refused.exit_code == 2
    assert "start over there with --overwrite" in refused.output
    assert CliRunner().invoke(app, [*changed, "--overwrite"]).exit_code == 0
    wrong = CliRunner().invoke(app, [*asked, "--setting", "epochz=3"])
    assert wrong.exit_code == 2
    assert "no setting is named 'epochz'" in wrong.output
    wrong = CliRunner().invoke(app, [*asked, "--setting", "epochs=3"])
    assert wrong.exit_code == 2
    assert "give --epochs 1,3" in wrong.output
    wrong = CliRunner().invoke(app, [*asked[:1], "-o", str(data), *asked[3:]])
    assert wrong.exit_code == 2
    assert "name a folder for the results" in wrong.output
