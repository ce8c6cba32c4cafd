from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from conflict_events.eval.suggestions import Point, draw, gains


def point(way: str, seed: int, f1: float, size: int = 100) -> Point:
    return Point(way, seed, size, f1, f1, f1)


def test_gains_are_paired_by_seed_and_carry_the_t_interval_of_a_paired_test() -> None:
    suggested, random = [0.60, 0.72, 0.66, 0.70], [0.55, 0.70, 0.58, 0.69]
    points = [point("suggested", seed, f1) for seed, f1 in enumerate(suggested)]
    points += [point("random", seed, f1) for seed, f1 in reversed(list(enumerate(random)))]
    points.append(point("random", 0, 0.1, size=200))  # another size has no say
    interval = stats.ttest_rel(suggested, random).confidence_interval(0.95)
    expected = (np.mean(suggested) - np.mean(random), interval.low, interval.high)
    assert gains(points, "micro_f1", 100) == pytest.approx(expected)


def test_the_plot_shows_both_ways_at_every_size(tmp_path: Path) -> None:
    points = [
        point(way, seed, 0.5, size)
        for way in ("suggested", "random")
        for seed in range(2)
        for size in (100, 200)
    ]
    figure = draw(points, "micro_f1", "micro F1")
    [axes] = figure.axes
    assert [line.get_label() for line in axes.get_lines()] == ["suggested (mean)", "random (mean)"]
    assert all(list(line.get_xdata()) == [100, 200] for line in axes.get_lines())
    figure.savefig(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 1000
