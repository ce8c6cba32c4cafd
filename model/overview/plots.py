"""The plots of the overview, each drawn for light paper and for dark."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from conflict_events.overview.tally import SCORE_BINS, Tally
from conflict_events.pages.label_styles import LabelStyle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

MOST_OUTLETS = 20
_DOTS_PER_INCH = 150


@dataclass(frozen=True, slots=True)
class Paper:
    """The colours of a plot that are no label's."""

    name: str
    paper: str
    ink: str
    line: str
    pale: str  # a scale begins here
    strong: str  # and ends here

    def colour(self, style: LabelStyle) -> str:
        """The label's colour on this paper."""
        return style.on_dark if self.name == "dark" else style.on_light

    def shades(self) -> Colormap:
        """The scale of a heat map; nothing at all is bare paper."""
        from matplotlib.colors import LinearSegmentedColormap

        return LinearSegmentedColormap.from_list(self.name, (self.pale, self.strong))


LIGHT = Paper("light", "#fdfcf9", "#22262b", "#dcd8cd", "#d9e6f2", "#1b5e9e")
DARK = Paper("dark", "#15171a", "#e3e1db", "#363b42", "#223448", "#82bcff")


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot: its file name without suffix, its heading, what it shows in words, and how to draw it."""

    name: str
    heading: str
    summary: str
    draw: Callable[[Paper], Figure]


def plots(tally: Tally, styles: Sequence[LabelStyle]) -> list[Plot]:
    """Return the plots that the counts allow: those over time need dates."""
    found = []
    if tally.label_days:
        periods = Periods.of([day for _, day in tally.label_days])
        found += [
            Plot(
                "labels_over_time",
                f"Events by {periods.unit}",
                f"Sentences with each label, by {periods.unit} of the article",
                lambda paper: _labels_over_time(tally, styles, periods, paper),
            ),
            Plot(
                "outlets_over_time",
                f"Outlets by {periods.unit}",
                f"Sentences with an event, by outlet and {periods.unit}",
                lambda paper: _outlets_over_time(tally, periods, paper),
            ),
        ]
    return [
        *found,
        Plot(
            "labels_together",
            "Labels together",
            "Sentences that carry both labels; on the diagonal all sentences with the label",
            lambda paper: _labels_together(tally, styles, paper),
        ),
        Plot(
            "scores",
            "Scores",
            f"Sentences by score, in {SCORE_BINS} steps, for each label; counts on a logarithmic scale",
            lambda paper: _scores(tally, styles, paper),
        ),
    ]


def drawn(plot: Plot, paper: Paper, formats: Sequence[str]) -> list[bytes]:
    """Return the plot in each of the formats ("png", "svg"); the same plot gives the same bytes."""
    import matplotlib

    images = []
    # Names are shown as they are: "$" in one would begin a formula.
    with matplotlib.rc_context({"svg.hashsalt": "conflict-events", "text.parse_math": False}):
        figure = plot.draw(paper)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # laid out once, for all formats
        for format in formats:
            stream = io.BytesIO()
            metadata = {"Date": None} if format == "svg" else {"Software": None}
            figure.savefig(stream, format=format, dpi=_DOTS_PER_INCH, metadata=metadata)
            images.append(stream.getvalue())
    return images


@dataclass(frozen=True, slots=True)
class Periods:
    """Days, weeks, months or years, without a gap, from the first to the last day; each by its first day."""

    unit: str
    starts: tuple[date, ...]

    @staticmethod
    def of(days: Sequence[date]) -> Periods:
        """Choose the unit by the span, for some dozens of periods."""
        first, last = min(days), max(days)
        span = (last - first).days
        unit = "day" if span < 62 else "week" if span < 400 else "month" if span < 3700 else "year"
        starts = []
        day = _start(first, unit)
        while day <= last:
            starts.append(day)
            day = _start(day + timedelta({"day": 1, "week": 7, "month": 31, "year": 366}[unit]), unit)
        return Periods(unit, tuple(starts))

    def counts(self, days: Counter[date]) -> list[int]:
        """Sum counts by day into counts by period."""
        by_start: Counter[date] = Counter()
        for day, count in days.items():
            by_start[_start(day, self.unit)] += count
        return [by_start[start] for start in self.starts]

    def name(self, start: date) -> str:
        """The period as it is written below an axis."""
        return start.isoformat()[: {"month": 7, "year": 4}.get(self.unit, 10)]


def _start(day: date, unit: str) -> date:
    if unit == "week":
        return day - timedelta(day.weekday())
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def _axes(paper: Paper, height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, height), facecolor=paper.paper, layout="constrained")
    axes = [figure.add_subplot(1, columns, column + 1) for column in range(columns)]
    for own in axes:
        own.set_facecolor(paper.paper)
        own.tick_params(colors=paper.ink, labelsize=9, length=3)
        own.spines[["top", "right"]].set_visible(False)
        own.spines[["left", "bottom"]].set_color(paper.line)
        own.yaxis.label.set_color(paper.ink)
        own.xaxis.label.set_color(paper.ink)
    return figure, axes


def _name_periods(axes: Axes, periods: Periods) -> None:
    step = -(-len(periods.starts) // 14)
    places = range(0, len(periods.starts), step)
    axes.set_xticks(
        list(places), [periods.name(periods.starts[place]) for place in places], rotation=45, ha="right"
    )


def _labels_over_time(tally: Tally, styles: Sequence[LabelStyle], periods: Periods, paper: Paper) -> Figure:
    figure, (axes,) = _axes(paper, 3.6)
    below = [0] * len(periods.starts)
    for style in styles:
        days = Counter(
            {day: count for (label, day), count in tally.label_days.items() if label == style.label}
        )
        counts = periods.counts(days)
        axes.bar(
            range(len(counts)),
            counts,
            bottom=below,
            width=0.85,
            color=paper.colour(style),
            label=_plain(style.name),
        )
        below = [low + count for low, count in zip(below, counts, strict=True)]
    axes.set_ylabel("sentences")
    axes.margins(x=0.01)
    _name_periods(axes, periods)
    axes.legend(frameon=False, labelcolor=paper.ink, fontsize=9, ncols=2)
    return figure


def _outlets_over_time(tally: Tally, periods: Periods, paper: Paper) -> Figure:
    totals: Counter[str] = Counter()
    for (outlet, _), count in tally.outlet_days.items():
        totals[outlet] += count
    outlets = [outlet for outlet, _ in totals.most_common(MOST_OUTLETS)]
    figure, (axes,) = _axes(paper, 1.4 + 0.26 * len(outlets))
    rows = [
        periods.counts(Counter({day: n for (own, day), n in tally.outlet_days.items() if own == outlet}))
        for outlet in outlets
    ]
    shown = [[count or float("nan") for count in row] for row in rows]
    image = axes.imshow(shown, aspect="auto", cmap=paper.shades(), vmin=0, interpolation="nearest")
    axes.set_yticks(range(len(outlets)), [_plain(outlet) for outlet in outlets])
    _name_periods(axes, periods)
    bar = figure.colorbar(image, ax=axes, label="sentences", pad=0.01)
    bar.ax.tick_params(colors=paper.ink, labelsize=9)
    bar.ax.yaxis.label.set_color(paper.ink)
    bar.outline.set_visible(False)
    return figure


def _labels_together(tally: Tally, styles: Sequence[LabelStyle], paper: Paper) -> Figure:
    figure, (axes,) = _axes(paper, 1.3 + 0.5 * len(styles))
    names = [_plain(style.name) for style in styles]
    counts = [
        [
            tally.totals[row.label] if row is column else tally.together[row.label, column.label]
            for column in styles
        ]
        for row in styles
    ]
    shares = [
        [
            float("nan") if row is column else counts[y][x] / max(tally.totals[row.label], 1)
            for x, column in enumerate(styles)
        ]
        for y, row in enumerate(styles)
    ]
    axes.imshow(shares, aspect="auto", cmap=paper.shades(), vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.spines[:].set_visible(False)
    for y, row in enumerate(counts):
        for x, count in enumerate(row):
            share = "" if x == y else f"\n{shares[y][x]:.0%} of {names[y]}"
            strong = x != y and shares[y][x] > 0.5
            colour = paper.paper if strong else paper.ink
            axes.text(x, y, f"{count:,}{share}", ha="center", va="center", fontsize=8.5, color=colour)
    return figure


def _scores(tally: Tally, styles: Sequence[LabelStyle], paper: Paper) -> Figure:
    figure, axes = _axes(paper, 2.4, columns=len(styles))
    edges = [(step + 0.5) / SCORE_BINS for step in range(SCORE_BINS)]
    for own, style in zip(axes, styles, strict=True):
        own.bar(edges, tally.scores[style.label], width=0.9 / SCORE_BINS, color=paper.colour(style), log=True)
        own.set_title(_plain(style.name), fontsize=9.5, color=paper.ink)
        own.set_xlim(0, 1)
        own.minorticks_off()
    axes[0].set_ylabel("sentences")
    return figure


def _plain(text: str) -> str:
    """Return a name on one line of bearable length."""
    return " ".join(text.split())[:40]
