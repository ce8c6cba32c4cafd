"""Batches hold every window, in sizes that recur from call to call."""

from __future__ import annotations

import numpy as np
import pytest

from conflict_events.batching import batches
from conflict_events.encoding import Windows

BUDGET = 256


def windows_of(lengths: list[int]) -> Windows:
    """Windows of these lengths; each token's id is the number of its window."""
    ends = np.cumsum(lengths)
    ids = np.repeat(np.arange(len(lengths)), lengths).astype(np.int32)
    begins = (ends - lengths).astype(np.int64)
    of = np.arange(len(lengths), dtype=np.int32)
    return Windows(ids, np.zeros_like(ids), begins, np.array(lengths, np.int32), of, len(lengths))


@pytest.mark.parametrize("count", [1, 7, 100, 733])
def test_every_window_is_in_a_batch_within_the_budget(count: int) -> None:
    lengths = np.random.default_rng(count).integers(3, 60, count).tolist()
    seen = np.zeros(count, bool)
    for batch in batches(windows_of(lengths), BUDGET, pad_id=-1):
        assert batch.ids.size <= BUDGET
        for row, ids, length in zip(batch.rows, batch.ids, batch.lengths, strict=True):
            assert length == lengths[row]
            assert (ids[:length] == row).all()
            assert (ids[length:] == -1).all()
            seen[row] = True
    assert seen.all()


def test_a_window_longer_than_the_budget_has_a_batch_of_its_own() -> None:
    first, *_ = batches(windows_of([300, 5]), BUDGET, pad_id=0)
    assert first.ids.shape == (1, 300)


def test_sizes_recur_whatever_the_number_of_windows() -> None:
    draw = np.random.default_rng(0)
    sizes = set()
    for _ in range(60):
        lengths = draw.integers(10, 20, int(draw.integers(200, 400))).tolist()
        sizes |= {batch.ids.shape for batch in batches(windows_of(lengths), BUDGET, pad_id=0)}
    assert sizes == {(BUDGET // width, width) for width in range(10, 20)} & sizes


def test_few_windows_are_not_padded_to_a_whole_batch() -> None:
    [batch] = batches(windows_of([8, 8, 8]), BUDGET, pad_id=0)
    assert batch.ids.shape == (3, 8)
