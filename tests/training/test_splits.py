"""Groups never on both sides, shares kept, near-duplicates found; the same for the same seed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conflict_events.errors import DataError
from conflict_events.training.data import Example, label_counts
from conflict_events.training.near_duplicates import join_near_duplicates
from conflict_events.training.splits import check_apart, folds, hold_out, hold_out_test

LABELS = ("a", "b")

groupings = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from([(), ("a",), ("b",), ("a", "b")])), min_size=2, max_size=60
)


def make(groups: list[tuple[int, tuple[str, ...]]]) -> list[Example]:
    return [
        Example(f"{group}:{number}", f"text {group} {number}", labels, f"g{group}")
        for group, (size, labels) in enumerate(groups)
        for number in range(size)
    ]


def words(seed: int, count: int) -> str:
    draw = random.Random(seed)
    return " ".join("".join(draw.choices("abcdefghij", k=6)) for _ in range(count))


@settings(max_examples=40, deadline=None)
@given(groupings, st.floats(0.05, 0.9), st.integers(0, 5))
def test_hold_out_keeps_groups_whole_and_loses_nothing(
    groups: list[tuple[int, tuple[str, ...]]], share: float, seed: int
) -> None:
    examples = make(groups)
    kept, held = hold_out(examples, share, labels=LABELS, seed=seed)
    assert sorted(e.id for e in kept + held) == sorted(e.id for e in examples)
    assert not {e.group for e in kept} & {e.group for e in held}
    assert kept
    assert held
    assert (kept, held) == hold_out(examples, share, labels=LABELS, seed=seed)


@settings(max_examples=40, deadline=None)
@given(groupings, st.integers(2, 5))
def test_folds_keep_groups_whole_and_lose_nothing(
    groups: list[tuple[int, tuple[str, ...]]], count: int
) -> None:
    examples = make(groups)
    if len(groups) < count:
        with pytest.raises(DataError):
            folds(examples, count, labels=LABELS, seed=0)
        return
    parts = folds(examples, count, labels=LABELS, seed=0)
    assert sorted(e.id for part in parts for e in part) == sorted(e.id for e in examples)
    assert sum(len({e.group for e in part}) for part in parts) == len(groups)
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= max(size for size, _ in groups)


def test_a_rare_label_is_shared_out_in_proportion() -> None:
    examples = make([(4, ("a",) if group % 20 == 0 else ()) for group in range(200)])
    for seed in range(5):
        _, held = hold_out(examples, 0.2, labels=LABELS, seed=seed)
        assert label_counts(held, LABELS)["a"] == 8


def test_seeds_draw_different_splits() -> None:
    examples = make([(3, ("a",))] * 50)
    drawn = {tuple(e.id for e in hold_out(examples, 0.2, labels=LABELS, seed=seed)[1]) for seed in range(4)}
    assert len(drawn) == 4


def test_one_group_cannot_be_split() -> None:
    with pytest.raises(DataError, match="all of one group"):
        hold_out(make([(9, ("a",))]), 0.5, labels=LABELS, seed=0)


def test_a_group_on_both_sides_is_named() -> None:
    one, two = make([(1, ()), (1, ())])
    check_apart([one], [two], ("the training part", "the test part"))
    with pytest.raises(
        DataError, match="1 group on both sides of the training part and the test part \\('g0'\\)"
    ):
        check_apart([one, two], [one], ("the training part", "the test part"))


def test_documents_that_share_passages_are_joined_though_files_say_otherwise() -> None:
    shared = words(1, 30)
    examples = [
        Example("x:0", shared, (), "one"),
        Example("x:1", words(2, 30), (), "one"),
        Example("y:0", f"{shared}!", (), "two"),
        Example("y:1", words(3, 30), (), "two"),
        Example("z:0", words(4, 60), (), "three"),
        Example("short", "Air raid kills nine", (), "four"),
        Example("copy", "air raid kills NINE.", (), "five"),
    ]
    joined = join_near_duplicates(examples)
    assert [e.group for e in joined] == ["one", "one", "one", "one", "three", "four", "four"]
    assert join_near_duplicates(joined) == joined


def test_a_common_phrase_does_not_join_documents() -> None:
    phrase = "the observatory which relies on a network of sources on the ground said"
    examples = [
        Example(f"d{n}:0", f"{words(n, 60)} {phrase} {words(n + 99, 60)}", (), f"d{n}") for n in range(5)
    ]
    assert len({e.group for e in join_near_duplicates(examples)}) == 5


def test_whole_copies_are_joined_however_many_there_are() -> None:
    text = "Rebel fighters took the last bridge over the river late on Tuesday after two days."
    copies = [Example(f"copy{n}-1:0", text, (), f"g{n}") for n in range(60)]
    assert {example.group for example in join_near_duplicates(copies)} == {"g0"}


@pytest.mark.integration
def test_a_test_part_comes_from_one_file_and_leaves_no_copy_in_training() -> None:
    story = [words(n, 20) for n in range(40)]
    examples = [Example(f"f{n}:0", story[n], (), f"f{n}", origin="f.jsonl") for n in range(40)]
    examples += [Example(f"copy{n}:0", story[n], (), f"copy{n}", origin="g.jsonl") for n in range(40)]
    kept, tested = hold_out_test(examples, 0.25, origin="f.jsonl", labels=LABELS, seed=0)
    assert {e.origin for e in tested} == {"f.jsonl"}
    assert len(tested) == 10
    assert len(kept) == 60
    assert not {e.text for e in kept} & {e.text for e in tested}
    with pytest.raises(DataError, match=r"'h.jsonl'.*files: f.jsonl, g.jsonl"):
        hold_out_test(examples, 0.25, origin="h.jsonl", labels=LABELS, seed=0)
