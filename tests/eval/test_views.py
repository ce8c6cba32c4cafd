"""What is held out is not learned from, near-duplicates included."""

from __future__ import annotations

import pytest

from conflict_events.errors import DataError
from conflict_events.eval.views import Fold, as_given, hold_out_folds, hold_out_groups, hold_out_sources
from conflict_events.training.data import Example

COPY = "the agency said that the convoy of forty lorries had left the northern port on Sunday morning at dawn"


def examples() -> list[Example]:
    made = []
    for number in range(12):
        source, origin = ("reuters", "sana", "CENTCOM", "EU")[number % 4], ("fakes", "re3d")[number % 4 // 2]
        for sentence in range(2):
            text = " ".join(f"w{number}x{sentence}x{word}" for word in range(10))
            labels = ("a",) if number % 3 else ()
            made.append(
                Example(f"d{number}:{sentence}", text, labels, f"d{number}", source, origin=f"{origin}.jsonl")
            )
    # The wire's copy in two outlets: documents 0 (reuters) and 1 (sana).
    made += [
        Example(f"d{number}:2", COPY, (), f"d{number}", made[2 * number].source, origin="fakes.jsonl")
        for number in (0, 1)
    ]
    return made


def check(found: list[Fold], everything: int) -> None:
    tested = [example.id for fold in found for example in fold.test]
    assert len(tested) == len(set(tested)) == everything
    for fold in found:
        assert not {e.group for e in fold.train} & {e.group for e in fold.test}
        assert not {e.id for e in fold.train} & {e.id for e in fold.test}


def test_sources_are_held_out_one_by_one() -> None:
    found = hold_out_sources(examples(), whole=["re3d"])
    assert [fold.name for fold in found] == ["re3d", "reuters", "sana"]
    check(found, 26)
    assert {e.source for e in found[0].test} == {"CENTCOM", "EU"}
    # Document 1 copies from document 0: it may not teach what is asked about reuters.
    assert found[1].removed == 3
    assert "d1" not in {e.document for e in found[1].train}


def test_folds_cover_everything_once() -> None:
    found = hold_out_folds(examples(), ["a"])
    assert len(found) == 5
    check(found, 26)


def test_groups_are_held_out_one_by_one_with_more_to_learn_from() -> None:
    more = [
        Example("m:0", "Something else altogether was written in another place.", ("a",), "m"),
        examples()[0],
    ]
    found = hold_out_groups(examples(), also=more)
    assert len(found) == 11  # twelve documents, two of which are near-duplicates
    check(found, 26)
    assert all("m:0" in {e.id for e in fold.train} for fold in found)


def test_training_text_that_copies_test_text_is_left_out() -> None:
    test, copy = examples(), Example("other:0", COPY, (), "other")
    fold = as_given(
        test, [copy, Example("new:0", "Nothing like it was ever seen before by anyone.", (), "new")]
    )
    assert [example.id for example in fold.train] == ["new:0"]
    assert fold.removed == 1


def test_one_source_cannot_be_held_out() -> None:
    with pytest.raises(DataError, match=r"there is only \['s'\]"):
        hold_out_sources([Example("a:0", "Text.", (), "a", "s")])
