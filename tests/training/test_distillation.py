"""A teacher's scores: what is scored, what is written, and what a student makes of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conflict_events import EventTagger
from conflict_events.errors import DataError
from conflict_events.training.augmentation import NEIGHBOURS, altered_copies, word_neighbours
from conflict_events.training.base import find_base
from conflict_events.training.data import Example
from conflict_events.training.distillation import write_teacher_scores
from conflict_events.training.encoding import contexts_of
from conflict_events.training.run import train
from conflict_events.training.settings import Settings
from conflict_events.training.soft_targets import read_soft_targets

from .conftest import LABELS


def test_neighbours_are_words_of_like_meaning() -> None:
    neighbours = word_neighbours(find_base(), ["The army killed nine villagers."])
    assert {"killing", "murdered"} & set(neighbours["killed"])
    assert "killed" not in neighbours["killed"]
    assert all(len(words) <= NEIGHBOURS for words in neighbours.values())
    assert "the" not in neighbours  # short words carry the grammar


@pytest.mark.integration
def test_copies_change_words_names_and_numbers_and_keep_the_group(written: list[Example]) -> None:
    originals = [example for example in written if example.labels][:300]
    neighbours = word_neighbours(find_base(), [example.text for example in originals])
    copies = altered_copies(originals, neighbours, count=2, seed=3)
    assert len(copies) > 450
    known = {example.id: example for example in originals}
    texts = {example.text for example in originals}
    for copy in copies:
        original = known[re.sub(r"~\d+", "", copy.id)]
        assert copy.group == original.group
        assert copy.labels == ()
        assert copy.context == ()
        assert copy.text not in texts
    assert len({copy.text for copy in copies}) == len(copies)
    assert any(copy.text.islower() for copy in copies)
    numbers = [(known[re.sub(r"~\d+", "", copy.id)].text, copy.text) for copy in copies]
    assert any(set(re.findall(r"\d+", a)) != set(re.findall(r"\d+", b)) for a, b in numbers)
    assert copies == altered_copies(originals, neighbours, count=2, seed=3)
    assert copies != altered_copies(originals, neighbours, count=2, seed=4)


@pytest.mark.integration
def test_teacher_scores_are_the_models_and_teach_a_student(
    written: list[Example], tiny_base: Path, tmp_path: Path
) -> None:
    examples = written[:120]
    path = write_teacher_scores(["shipped"], examples, tmp_path / "t.jsonl", labels=LABELS, copies=1)
    soft = read_soft_targets(path, LABELS)
    tagger = EventTagger.from_pretrained()
    contexts = contexts_of(examples, tagger.folder.context_sentences)
    expected = tagger.score([example.text for example in examples], contexts)
    got = np.stack([soft.scores[example.id] for example in examples])
    # Batches are others, and bf16 rounds them in its own way.
    np.testing.assert_allclose(got, expected, atol=5e-3)
    assert len(soft.unlabelled) > 90
    assert all(example.id in soft.scores for example in soft.unlabelled)

    model = train(
        examples,
        labels=LABELS,
        base=tiny_base,
        settings=Settings(epochs=1, soft_weight=0.7),
        output=tmp_path / "run",
        soft=soft,
        say=lambda _: None,
    )
    result = json.loads((model.parent / "result.json").read_text(encoding="utf-8"))
    held_out = json.loads((model.parent / "data.json").read_text(encoding="utf-8"))["parts"]["validation"]
    # Every kept sentence has soft targets, and so has every copy of one that was not held out.
    assert result["soft_targets"] > 1.7 * (len(examples) - held_out["examples"])


def test_sentences_that_a_teacher_alone_judged_keep_their_context(
    written: list[Example], tmp_path: Path
) -> None:
    apart = [replace(row, id=f"new-{row.id}") for row in written[:300] if row.context][:20]
    path = write_teacher_scores(
        ["shipped"], written[:20], tmp_path / "t.jsonl", labels=LABELS, unlabelled=apart
    )
    soft = read_soft_targets(path, LABELS)
    assert [row.before for row in soft.unlabelled] == [row.before for row in apart]


def test_a_teacher_of_other_labels_is_refused(written: list[Example], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="shipped: knows advance"):
        write_teacher_scores(["shipped"], written[:3], tmp_path / "t.jsonl", labels=("protest",))
    assert not (tmp_path / "t.jsonl").exists()
