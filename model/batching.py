"""Batches of windows: longest first, as many as fit a budget of tokens, padded to the longest of each.

Sorting by length leaves next to no padding, and a budget in tokens keeps the cost of batches even. Longest
first makes the sizes (budget // length, length) recur from one call to the next, so that runtimes find their
kernels made, and leaves the cheap batches for the end, where several workers finish together.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from conflict_events.encoding import Ints, Windows

_Item = TypeVar("_Item", bound=Hashable)

# Of so many batches the work of one more is a small part.
_MANY = 4


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows `rows` of a `Windows`, padded: `ids` and `types` are [rows, tokens], `lengths` is [rows].

    A row may come several times, with the same scores.
    """

    rows: npt.NDArray[np.int64]
    ids: Ints
    types: Ints
    lengths: Ints


def batches(windows: Windows, token_budget: int, pad_id: int) -> Iterator[Batch]:
    """Cut windows into batches of at most `token_budget` tokens, padding included; one window always fits.

    Where there are many batches the last is filled up by repeating its last row, so that its size recurs,
    too: runtimes keep something for every size they have seen.
    """
    order = np.argsort(-windows.lengths, kind="stable")
    start, number = 0, 0
    while start < len(order):
        longest = int(windows.lengths[order[start]])
        most = max(1, token_budget // longest)
        rows = order[start : start + most]
        start += len(rows)
        if len(rows) < most and number >= _MANY:
            rows = np.pad(rows, (0, most - len(rows)), mode="edge")
        yield _padded(windows, rows, longest, pad_id)
        number += 1


def unique(items: Sequence[_Item]) -> tuple[list[_Item], npt.NDArray[np.int64]]:
    """The different items in order of appearance, and for each item its place among them."""
    places: dict[_Item, int] = {}
    place_of = np.fromiter(
        (places.setdefault(item, len(places)) for item in items), np.int64, count=len(items)
    )
    return list(places), place_of


def by_sentence(window_scores: npt.NDArray[np.float32], windows: Windows) -> npt.NDArray[np.float32]:
    """Scores [windows, labels] as [sentences, labels]: the greatest of its windows, 0 without one."""
    scores = np.zeros((windows.sentences, window_scores.shape[1]), np.float32)
    if len(windows) == len(np.unique(windows.sentence_of)):
        scores[windows.sentence_of] = window_scores
    else:
        np.maximum.at(scores, windows.sentence_of, window_scores)
    return scores


def _padded(windows: Windows, rows: npt.NDArray[np.int64], width: int, pad_id: int) -> Batch:
    lengths = windows.lengths[rows]
    columns = np.arange(width)
    inside = columns < lengths[:, None]
    places = np.where(inside, windows.begins[rows][:, None] + columns, 0)
    ids = np.where(inside, windows.ids[places], np.int32(pad_id))
    types = np.where(inside, windows.types[places], np.int32(0))
    return Batch(rows, ids, types, lengths)
