"""`datasets.map`, scikit-learn's predict, and pickling."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from conflict_events import EventTagger, InputError, ModelError
from conflict_events.model_folder import SHIPPED

SENTENCES = [
    "The army took the town.",
    "Air strikes killed nine people.",
    "The ministers called for a ceasefire.",
    "It rained.",
    "",
]


def test_map_adds_labels_and_scores(tagger: EventTagger) -> None:
    from datasets import Dataset, Value

    rows = Dataset.from_dict({"text": SENTENCES, "day": range(5)}).map(tagger, batched=True, batch_size=2)
    assert rows.column_names == ["text", "day", "labels", "scores"]
    assert rows["labels"][:] == [
        ["advance"],
        ["airstrike", "casualty_report"],
        ["diplomatic_statement"],
        [],
        [],
    ]
    assert rows.features["scores"].feature == Value("float32")
    np.testing.assert_allclose(np.array(rows["scores"][:]), tagger.score(SENTENCES), atol=0.01)


def test_map_over_another_column(tagger: EventTagger) -> None:
    from datasets import Dataset

    rows = Dataset.from_dict({"body": SENTENCES}).map(tagger, batched=True, input_columns="body")
    assert rows["labels"][0] == ["advance"]


def test_map_finds_its_earlier_result_again(tagger: EventTagger) -> None:
    from datasets.fingerprint import Hasher

    assert Hasher.hash(tagger) == Hasher.hash(EventTagger.from_pretrained(device="cpu"))


@pytest.mark.integration
def test_map_in_several_processes(tagger: EventTagger) -> None:
    from datasets import Dataset

    rows = Dataset.from_dict({"text": SENTENCES}).map(tagger, batched=True, num_proc=2)
    assert rows["labels"][0] == ["advance"]


def test_a_batch_that_cannot_be_tagged(tagger: EventTagger) -> None:
    with pytest.raises(InputError, match=r"no column 'text' among body; .*input_columns"):
        tagger({"body": SENTENCES})
    with pytest.raises(InputError, match=r"a column 'labels' already; rename it first"):
        tagger({"text": SENTENCES, "labels": [[]] * 5})
    with pytest.raises(InputError, match="row 1 of the batch holds NoneType"):
        tagger({"text": ["It rained.", None]})
    with pytest.raises(TypeError, match="batched=True"):
        tagger({"text": "It rained."})


def test_predictions_are_those_of_tagging(tagger: EventTagger) -> None:
    predicted = tagger.predict(SENTENCES)
    assert predicted.dtype == np.int64
    assert predicted.tolist() == [[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    probabilities = tagger.predict_proba(SENTENCES)
    assert probabilities.shape == (5, 4)
    assert (predicted == (probabilities >= list(tagger.thresholds.values()))).all()
    assert tagger.classes_.tolist() == list(tagger.labels)
    assert tagger.predict([]).shape == (0, 4)


def test_predictions_suit_the_metrics_of_scikit_learn(tagger: EventTagger) -> None:
    import pandas as pd
    from sklearn.metrics import average_precision_score, f1_score, multilabel_confusion_matrix
    from sklearn.preprocessing import MultiLabelBinarizer

    gold = MultiLabelBinarizer(classes=tagger.classes_).fit_transform(
        [["advance"], ["airstrike", "casualty_report"], ["diplomatic_statement"], [], ["advance"]]
    )
    sentences = pd.Series(SENTENCES, index=[9, 8, 7, 6, 5])
    predicted = tagger.predict(sentences)
    assert f1_score(gold, predicted, average="micro") == pytest.approx(8 / 9)
    assert multilabel_confusion_matrix(gold, predicted)[0].tolist() == [[3, 0], [1, 1]]
    scores = tagger.predict_proba(np.array(SENTENCES, dtype=object))
    assert average_precision_score(gold[:, 1:], scores[:, 1:], average="macro") == 1


def test_predict_takes_no_single_sentence(tagger: EventTagger) -> None:
    with pytest.raises(TypeError, match="sequence of sentences"):
        tagger.predict("It rained.")


def test_a_pickled_tagger_opens_the_same_model_again(tagger: EventTagger) -> None:
    again = pickle.loads(pickle.dumps(tagger))
    assert again.version == tagger.version
    assert again.runtime.precision == tagger.runtime.precision
    assert (again.score(SENTENCES) == tagger.score(SENTENCES)).all()


def test_a_pickled_tagger_does_not_open_another_model(tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "model")
    tagger = EventTagger.from_pretrained(folder, device="cpu")
    pickled = pickle.dumps(tagger)
    config = folder / "config.json"
    advance = f'"advance": {tagger.thresholds["advance"]}'
    config.write_text(config.read_text().replace(advance, '"advance": 0.99'))
    with pytest.raises(ModelError, match="which was pickled"):
        pickle.loads(pickled)
