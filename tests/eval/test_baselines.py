"""Every baseline learns a toy set; what is special about one is tested by itself."""

from __future__ import annotations

import numpy as np
import pytest

from conflict_events.errors import DataError
from conflict_events.eval.baselines import NAMES, make_system, outcome
from conflict_events.eval.contrastive import draw_pairs
from conflict_events.training.data import Example

LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")
SHAPES = [
    ("Army troops captured the town of {}.", ("advance",)),
    ("Warplanes bombed {} in air strikes overnight.", ("airstrike",)),
    ("At least five civilians were killed in {}.", ("casualty_report",)),
    ("The foreign minister condemned the violence in {}.", ("diplomatic_statement",)),
    ("The market in {} sells oranges and bread.", ()),
    ("Troops captured {} and ten soldiers were killed.", ("advance", "casualty_report")),
]
SEEN = ["Homs", "Mosul", "Gao", "Goma", "Aden", "Sirte"]
UNSEEN = ["Hama", "Raqqa", "Kidal"]


def examples(places: list[str]) -> list[Example]:
    return [
        Example(f"{place}:{number}", shape.format(place), labels, place)
        for place in places
        for number, (shape, labels) in enumerate(SHAPES)
    ]


def slow(name: str) -> object:
    return pytest.param(name, marks=pytest.mark.integration) if name in ("contrastive", "trainer") else name


@pytest.mark.integration
@pytest.mark.parametrize("name", [slow(name) for name in NAMES if name != "recipe"])
def test_learns_a_toy_set_the_same_way_twice(name: str) -> None:
    found = []
    for _ in range(2):
        system = make_system(name, LABELS, seed=3)
        system.fit(examples(SEEN * 3) if name == "trainer" else examples(SEEN))
        found.append(outcome(name, system, examples(UNSEEN), LABELS))
    first, again = found
    assert first.scores.shape == (18, 4)
    assert first.scores.dtype == np.float32
    assert ((first.scores >= 0) & (first.scores <= 1)).all()
    assert np.array_equal(first.scores, again.scores)
    # Trainer's three epochs on 108 rows take it in the right direction, and to no threshold yet.
    if name == "trainer":
        assert np.mean(first.scores[first.truth]) > np.mean(first.scores[~first.truth])
    else:
        assert (first.decided == first.truth).mean() > 0.9


def test_unknown_names_are_refused() -> None:
    with pytest.raises(DataError, match=r"unknown baseline 'bert'; known: .*keyword"):
        make_system("bert", LABELS)


def test_nothing_to_learn_from_is_an_error() -> None:
    with pytest.raises(DataError, match="no labelled sentence"):
        make_system("tfidf", LABELS).fit([])


def test_a_label_that_never_occurs_gets_zero() -> None:
    system = make_system("tfidf", [*LABELS, "protest"])
    system.fit(examples(SEEN))
    assert (system.scores(examples(UNSEEN))[:, 4] == 0).all()


def test_no_sentence_gives_no_scores() -> None:
    assert make_system("keyword", LABELS).scores([]).shape == (0, 4)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Rebels seized the airport.", {"advance"}),
        ("The army repelled an attack aimed to capture the village.", set()),
        ("Villages were hit by Russian jets.", {"airstrike"}),
        ("A jet was shot down over Idlib.", set()),
        ("No casualties were reported.", set()),
        ("12 people were wounded.", {"casualty_report"}),
        ("Moscow warned against further sanctions.", {"diplomatic_statement"}),
        ("Residents said the bakery was open.", set()),
    ],
)
def test_keyword_rules_follow_the_codebook(text: str, labels: set[str]) -> None:
    scores = make_system("keyword", LABELS).scores([Example("x", text, (), "x")])[0]
    assert {label for label, score in zip(LABELS, scores, strict=True) if score} == labels


def test_keyword_rules_need_their_labels() -> None:
    with pytest.raises(DataError, match="no keyword rules for protest"):
        make_system("keyword", ["protest"])


def test_pairs_are_half_alike_and_truly_so() -> None:
    wanted = np.array([[1, 0], [1, 1], [0, 1], [0, 0], [0, 0]])
    pairs, alike = draw_pairs(wanted, 200, seed=0)
    assert pairs.shape == (200, 2)
    assert alike.mean() == 0.5
    for (first, second), kind in zip(pairs.tolist(), alike, strict=True):
        share = (wanted[first] & wanted[second]).any() or not (wanted[first] | wanted[second]).any()
        assert first != second
        assert share == bool(kind)
    assert np.array_equal(pairs, draw_pairs(wanted, 200, seed=0)[0])


def test_sentences_that_carry_nothing_can_be_unlike_each_other() -> None:
    wanted = np.array([[1, 0], [1, 1], [0, 0], [0, 0], [0, 0], [0, 1]])
    pairs, alike = draw_pairs(wanted, 120, seed=0, unlabelled_alike=False)
    assert pairs.shape == (120, 2)
    assert alike.mean() == 0.5
    for (first, second), kind in zip(pairs.tolist(), alike, strict=True):
        assert first != second
        assert (wanted[first] & wanted[second]).any() == bool(kind)
    assert set(pairs[alike == 0].ravel().tolist()) == set(range(6))


def test_pairs_of_one_kind_only_where_there_is_no_other() -> None:
    _, alike = draw_pairs(np.array([[1], [1], [1]]), 10, seed=0)
    assert (alike == 1).all()
