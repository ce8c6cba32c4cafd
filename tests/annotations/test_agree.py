"""Agreement: figures that can be checked by hand or in the literature."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from conflict_events.annotations.agree import alpha, describe, join_exports, kappa, measure_agreement
from conflict_events.annotations.export import AnnotatedSentence, Judgement
from conflict_events.annotations.tasks import make_task
from conflict_events.errors import AnnotationError

LABELS = ("advance", "airstrike")


def sentence(number: int, **judgements: str) -> AnnotatedSentence:
    said = tuple(Judgement(name, frozenset(labels.split())) for name, labels in judgements.items())
    return AnnotatedSentence(f"a:{number}", f"Sentence {number}.", "a", "", "", "", 0, 0, "", "", said)


def test_alpha_is_krippendorffs_example_of_four_observers_with_gaps() -> None:
    # Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, example C reduced to one category of
    # the nominal data of two observers (example A): alpha = 0.095.
    first = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    second = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert alpha(np.array([first, second], dtype=float)) == pytest.approx(0.095, abs=0.0005)


def test_kappa_is_that_of_a_worked_example() -> None:
    # 50 cases: both yes 20, both no 15, yes/no 5, no/yes 10; observed 0.7, by chance 0.5, kappa 0.4.
    first = np.array([1.0] * 25 + [0.0] * 25)
    second = np.array([1.0] * 20 + [0.0] * 5 + [1.0] * 10 + [0.0] * 15)
    assert kappa(first, second) == pytest.approx(0.4)


def test_figures_that_chance_alone_explains_are_undefined_not_perfect() -> None:
    assert math.isnan(kappa(np.zeros(4), np.zeros(4)))
    assert math.isnan(alpha(np.zeros((2, 4))))


def test_sentences_judged_once_do_not_count() -> None:
    agreement = measure_agreement(
        [sentence(0, x="advance", y="advance"), sentence(1, x="", y="airstrike"), sentence(2, x="advance")],
        LABELS,
    )
    assert (agreement.sentences, agreement.identical) == (2, 1)
    advance, airstrike = agreement.labels
    assert (advance.alpha, advance.disputed, advance.given) == (1.0, 0, 2)
    assert (airstrike.disputed, airstrike.pairs[0].sentences) == (1, 2)


def test_the_most_split_sentence_comes_first() -> None:
    agreement = measure_agreement(
        [
            sentence(0, x="advance", y="advance", z=""),
            sentence(1, x="advance airstrike", y="", z="advance"),
            sentence(2, x="advance", y="advance", z="advance"),
        ],
        LABELS,
    )
    assert [dispute.sentence.id for dispute in agreement.disputes] == ["a:1", "a:0"]
    assert agreement.disputes[1].votes == (("advance", ("x", "y"), ("z",)),)
    text = describe(agreement, show=1)
    assert "airstrike: given by x; not by y, z" in text
    assert "a:0" not in text
    assert [pair.first + pair.second for pair in agreement.labels[0].pairs] == ["xy", "xz", "yz"]


def test_annotators_can_be_chosen_and_a_wrong_name_is_an_error() -> None:
    sentences = [sentence(0, x="advance", y="advance", settler=""), sentence(1, x="", y="")]
    agreement = measure_agreement(sentences, LABELS, ["x", "y"])
    assert (agreement.sentences, agreement.identical) == (2, 2)
    assert measure_agreement(sentences, LABELS, ["x", "y", "x"]) == agreement  # nobody counts twice
    with pytest.raises(AnnotationError, match="no annotator 'w'; there are: settler, x, y"):
        measure_agreement(sentences, LABELS, ["x", "w"])


def test_two_exports_are_two_annotators_even_under_one_number() -> None:
    first, second = [sentence(0, **{"1": "advance"})], [sentence(0, **{"1": ""}), sentence(1, **{"1": ""})]
    joined = join_exports([("anna", first), ("ben", second)])
    agreement = measure_agreement(joined, LABELS)
    assert agreement.annotators == ("anna/1", "ben/1")
    assert agreement.sentences == 1
    with pytest.raises(AnnotationError, match="anna is named 2 times"):
        join_exports([("anna", first), ("anna", second)])


def test_without_a_sentence_in_common_there_is_nothing_to_measure() -> None:
    with pytest.raises(AnnotationError, match="no sentence was judged by two"):
        measure_agreement([sentence(0, x="advance"), sentence(1, y="")], LABELS)


def test_disputed_sentences_on_standard_output_stand_there_alone(
    conflict_events: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    region = {
        "from_name": "events",
        "to_name": "sentence",
        "type": "choices",
        "value": {"choices": LABELS[:1]},
    }
    said = [{"completed_by": 1, "result": [region]}, {"completed_by": 2, "result": []}]
    export = tmp_path / "export.json"
    export.write_text(json.dumps([make_task(sentence(0)) | {"annotations": said}]))
    code, out, error = conflict_events("annotate", "agree", export, "-o", "-")
    assert code == 0
    assert [task["data"]["sentence_id"] for task in json.loads(out)] == ["a:0"]
    assert "advance: given by 1; not by 2" in error
    assert [path.name for path in tmp_path.iterdir()] == ["export.json"]
