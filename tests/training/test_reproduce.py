"""From recipes and downloads to weights, with invented corpora in the form in which the real ones come."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conflict_events.annotations.standoff import standoff_of
from conflict_events.errors import DataError, ModelError
from conflict_events.training.base import file_sha256
from conflict_events.training.data import read_examples
from conflict_events.training.recipe_file import read_recipe
from conflict_events.training.reproduce import read_data, reproduce

ROOT = Path(__file__).resolve().parents[2]
ANNOTATIONS = ROOT / "annotations"
LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")
RECORDED = ROOT / "eval" / "results" / "training" / "settings.json"

QUICK = {"epochs": 1, "batch_size": 16, "learning_rate": 1e-3, "precision": "fp32"}

Recipes = Callable[..., Path]


@pytest.fixture
def recipe(tmp_path: Path, tiny_base: Path, labelled_rows: Path, downloads: Path) -> Recipes:
    """Writes a recipe on two invented corpora, with changes to its content, and their stand-off labels."""

    def write(**changes: Any) -> Path:
        folder = tmp_path / "recipe"
        folder.mkdir(exist_ok=True)
        for name in ("fakes", "cameo"):
            text = standoff_of(labelled_rows / f"{name}.jsonl", downloads)
            (folder / f"{name}.standoff.tsv").write_text(text, encoding="utf-8")
        content = {
            "data": {"fakes.standoff.tsv": 50, "cameo.standoff.tsv": 50},
            "test": {"share": 0.2, "from": "fakes.standoff.tsv"},
            "student": {"base": str(tiny_base), "settings": {**QUICK, "validation_share": 0.2}},
        }
        (folder / "mine.json").write_text(json.dumps(content | changes), encoding="utf-8")
        return folder / "mine.json"

    return write


def train(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run scripts/train.py as a user does."""
    command = [sys.executable, ROOT / "scripts" / "train.py", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, check=False)


def ids_of(rows: Path) -> set[str]:
    return {json.loads(line)["id"] for line in rows.read_text(encoding="utf-8").split("\n") if line}


@pytest.mark.integration
def test_one_command_joins_and_trains_as_the_same_sentences_with_their_text_would(
    tmp_path: Path, recipe: Recipes, downloads: Path, labelled_rows: Path, tiny_base: Path
) -> None:
    done = train("--recipe", recipe(), "--corpora", downloads, "-o", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert "fakes.standoff.tsv: 50 sentences, their text joined by hash" in done.stderr
    weights = tmp_path / "run" / "student" / "model" / "model.safetensors"
    record = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert record["weights_sha256"] == file_sha256(weights)
    assert record["data"]["cameo.standoff.tsv"]["sentences"] == 50

    settings = ["--epochs", "1", "--batch-size", "16", "--lr", "1e-3", "--precision", "fp32"]
    shares = ["--validation-share", "0.2", "--test-share", "0.2", "--test-from", "fakes.jsonl"]
    rows = [labelled_rows / "fakes.jsonl", labelled_rows / "cameo.jsonl"]
    same = train(*rows, "--base", tiny_base, *settings, *shares, "-o", tmp_path / "rows-run")
    assert same.returncode == 0, same.stderr
    assert weights.read_bytes() == (tmp_path / "rows-run" / "model" / "model.safetensors").read_bytes()


@pytest.mark.integration
def test_a_wrong_hash_is_refused_before_anything_is_trained(
    tmp_path: Path, recipe: Recipes, downloads: Path
) -> None:
    path = recipe()
    table = downloads / "zenodo" / "FA-KES-Dataset.csv"
    table.write_bytes(table.read_bytes().replace(b"Hatra and killed", b"Hatra and wounded"))
    done = train("--recipe", path, "--corpora", downloads, "-o", tmp_path / "run")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "fakes.standoff.tsv, row 38" in done.stderr
    assert "Zenodo" in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.integration
def test_teachers_score_what_the_student_learns_and_see_neither_its_test_nor_its_validation_part(
    tmp_path: Path, recipe: Recipes, downloads: Path, labelled_rows: Path, tiny_base: Path
) -> None:
    # re3d serves as text without labels here; the teacher's base is given by the command.
    path = recipe(
        teacher={"base": "not/there", "seeds": [3, 4], "unlabelled": ["more.jsonl"], "settings": QUICK}
    )
    shutil.copy(labelled_rows / "re3d.jsonl", path.parent / "more.jsonl")
    output = tmp_path / "run"
    chosen = read_recipe(path)
    said: list[str] = []
    options: dict[str, Any] = {"corpora": downloads, "labels": LABELS, "output": output, "say": said.append}
    model = reproduce(chosen, teacher_base=tiny_base, **options)

    scores = sorted((output / "teacher").glob("scores-*.jsonl"))
    assert len(scores) == 2
    student = json.loads((output / "student" / "data.json").read_text())
    result = json.loads((output / "student" / "result.json").read_text())
    held_out = {group for groups in student["held_out_groups"].values() for group in groups}
    known = read_data(chosen, downloads, LABELS, say=said.append)
    kept = {example.id for example in known if example.group not in held_out}
    for file in scores:
        assert ids_of(file) == kept | ids_of(labelled_rows / "re3d.jsonl")
    assert student["parts"]["train"]["examples"] == len(kept)
    assert student["teacher_alone"]["examples"] == 50
    assert result["soft_targets"] == len(kept) + 50
    assert {file["name"] for file in student["files"]} >= {file.name for file in scores}
    for seed in (3, 4):
        run = output / "teacher" / f"seed-{seed}"
        assert json.loads((run / "settings.json").read_text())["seed"] == seed
        taught = json.loads((run / "data.json").read_text())
        assert taught["parts"]["train"]["examples"] == len(kept)
        assert taught["held_out_groups"]["validation"] == student["held_out_groups"]["validation"]

    before = (model / "model.safetensors").stat().st_mtime_ns
    reproduce(chosen, teacher_base=tiny_base, **options)  # all is there: nothing is trained again
    assert (model / "model.safetensors").stat().st_mtime_ns == before
    assert sum("this run is finished" in line for line in said) == 3


@pytest.mark.integration
def test_a_teacher_of_some_files_scores_those_and_altered_copies_of_them(
    tmp_path: Path, recipe: Recipes, downloads: Path, tiny_base: Path
) -> None:
    path = recipe(
        teacher={"base": str(tiny_base), "data": ["fakes.standoff.tsv"], "copies": 1, "settings": QUICK}
    )
    output = tmp_path / "run"
    reproduce(read_recipe(path), corpora=downloads, labels=LABELS, output=output, say=lambda _: None)

    taught = json.loads((output / "teacher" / "seed-1" / "data.json").read_text())
    student = json.loads((output / "student" / "data.json").read_text())
    assert [file["name"] for file in taught["files"]] == ["fakes.standoff.tsv"]
    assert taught["held_out_groups"]["validation"] == student["held_out_groups"]["validation"]
    (scores,) = (output / "teacher").glob("scores-*.jsonl")
    rows = [json.loads(line) for line in scores.read_text(encoding="utf-8").splitlines()]
    originals = {row["id"] for row in rows if "text" not in row}
    copies = [row for row in rows if "text" in row]
    assert len(originals) == taught["parts"]["train"]["examples"]
    assert not any(identifier.startswith("cameo") for identifier in originals)  # taught by its labels alone
    assert {row["id"].replace("~1", "") for row in copies} <= originals
    assert len(copies) > len(originals) / 2  # what came out unaltered, as short sentences do, is left out
    assert student["parts"]["train"]["examples"] == len(originals) + 50
    assert student["teacher_alone"]["examples"] == len(copies)
    card = (output / "student" / "model" / "README.md").read_text(encoding="utf-8")
    assert f"{len(copies):,} more without labels" in card
    assert f"on {len(copies):,} more they are the whole target" in card


@pytest.mark.integration
def test_copies_are_made_of_the_files_that_a_recipe_names(
    tmp_path: Path, recipe: Recipes, downloads: Path, tiny_base: Path
) -> None:
    both = ["fakes.standoff.tsv", "cameo.standoff.tsv"]
    teacher = {"base": str(tiny_base), "scored": both, "copies": 1, "copied": both[1:], "settings": QUICK}
    chosen = read_recipe(recipe(teacher=teacher))
    output = tmp_path / "run"
    reproduce(chosen, corpora=downloads, labels=LABELS, output=output, say=lambda _: None)
    (scores,) = (output / "teacher").glob("scores-*.jsonl")
    rows = [json.loads(line) for line in scores.read_text(encoding="utf-8").splitlines()]
    assert {row["id"].split("-")[0] for row in rows if "text" not in row} == {"fakes", "cameo"}
    assert {row["id"].split("-")[0] for row in rows if "text" in row} == {"cameo"}


def test_a_recipe_with_a_teacher_is_for_one_process(
    recipe: Recipes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    chosen = read_recipe(recipe(teacher={"base": "not/there"}))
    with pytest.raises(DataError, match="without accelerate launch"):
        reproduce(chosen, corpora=None, labels=LABELS, output=tmp_path / "run")


def test_another_number_of_sentences_is_refused(recipe: Recipes, downloads: Path) -> None:
    path = recipe(data={"fakes.standoff.tsv": 50, "cameo.standoff.tsv": 49})
    with pytest.raises(DataError, match=r"cameo\.standoff\.tsv: gives 50 labelled sentences, and .* says 49"):
        read_data(read_recipe(path), downloads, LABELS)


def test_another_base_is_refused(recipe: Recipes, downloads: Path, tiny_base: Path, tmp_path: Path) -> None:
    path = recipe(student={"base": str(tiny_base), "base_sha256": "ab" * 32})
    with pytest.raises(ModelError, match=r"is not the base of .*expected abababababab"):
        reproduce(read_recipe(path), corpora=downloads, labels=LABELS, output=tmp_path / "run")


def test_a_base_that_lies_elsewhere_must_be_the_recipes(
    recipe: Recipes, downloads: Path, tiny_base: Path, tmp_path: Path
) -> None:
    expected = file_sha256(tiny_base / "model.safetensors")
    student = {"base": "not/there", "base_sha256": expected, "settings": {**QUICK, "validation_share": 0.2}}
    given = ("--recipe", recipe(student=student), "--corpora", downloads, "-o", tmp_path / "run", "--base")
    done = train(*given, tiny_base)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "student" / "model" / "model.safetensors").is_file()
    done = train(*given, "shipped")
    assert done.returncode == 2
    assert f"expected {expected[:12]}" in done.stderr


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"studnet": {}}, "unknown key 'studnet'; did you mean 'student'"),
        ({"student": {"settings": {"epoch": 3}}}, "unknown key 'epoch'; did you mean 'epochs'"),
        ({"student": {"settings": {"epochs": "3"}}}, "epochs cannot be '3'; give a int"),
        ({"student": {"settings": {"epochs": 0}}}, "the setting epochs cannot be 0"),
        ({"data": {"nowhere.tsv": 3}}, "the data file nowhere.tsv lies neither beside it nor in"),
        ({"data": {}}, "give the number of sentences for each file"),
        ({"teacher": {"seeds": []}}, '"seeds" must be a list of numbers'),
        ({"teacher": {"seeds": 1}}, '"seeds" must be a list of numbers'),
        ({"teacher": {"data": ["written.jsonl"]}}, '"data" must name some of the recipe'),
        ({"teacher": {"scored": []}}, '"scored" must name some of the recipe'),
        ({"teacher": {"copies": -1}}, '"copies" must be a number'),
        ({"teacher": {"copied": ["written.jsonl"]}}, '"copied" must name some of the recipe'),
        ({"teacher": {"copied": ["fakes.standoff.tsv"]}}, '"copies" asks for no copies'),
        (
            {"teacher": {"copies": 1, "data": ["fakes.standoff.tsv"], "copied": ["cameo.standoff.tsv"]}},
            "names cameo.standoff.tsv, which is not scored",
        ),
        ({"test": {"share": "0.1"}}, "\"share\" cannot be '0.1'"),
        ({"test": 0.1}, '"test": expected a JSON object'),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)
def test_a_recipe_that_says_what_is_not_known_is_refused(
    changes: dict[str, Any], message: str, recipe: Recipes
) -> None:
    with pytest.raises(DataError, match=message):
        read_recipe(recipe(**changes))


def test_a_recipe_of_another_name_is_not_guessed() -> None:
    with pytest.raises(DataError, match=r"no such recipe; .* one of large, shipped"):
        read_recipe("shiped")


def test_settings_beside_a_recipe_are_refused_and_not_dropped(recipe: Recipes, downloads: Path) -> None:
    done = train("--recipe", recipe(), "--corpora", downloads, "--epochs", "2", "--seed", "3")
    assert done.returncode == 2
    assert "--epochs, --seed: a recipe decides on data and settings" in done.stderr
    done = train("--recipe", recipe(), "--corpora", downloads, "--teacher-base", "somewhere")
    assert done.returncode == 2
    assert "has no teacher whose base could lie elsewhere" in done.stderr


def test_labels_without_text_need_the_folder_of_downloads(recipe: Recipes) -> None:
    path = recipe().parent / "fakes.standoff.tsv"
    with pytest.raises(DataError, match=r"holds labels and no text; .* --corpora"):
        read_examples(path, LABELS)


def test_joined_sentences_know_those_before_them_as_rows_do(
    recipe: Recipes, downloads: Path, labelled_rows: Path
) -> None:
    found = read_examples(recipe().parent / "fakes.standoff.tsv", LABELS, downloads)
    rows = read_examples(labelled_rows / "fakes.jsonl", LABELS)
    assert [example.context for example in found] == [example.context for example in rows]
    assert any(example.context for example in found)
