"""The overview of an events file: one page with its plots, and the plots as files beside it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from conflict_events.errors import InputError, MissingExtraError
from conflict_events.overview.copies import event_passages, near_copies
from conflict_events.overview.death_counts import DeathCount, death_counts
from conflict_events.overview.events import EventArticle
from conflict_events.overview.plots import DARK, LIGHT, Plot, drawn, plots
from conflict_events.overview.stories import find_stories, unit_vectors
from conflict_events.overview.tally import Tally
from conflict_events.overview.terms import CASUALTIES, RawTerms, named_days, raw_terms, settled_terms
from conflict_events.pages.label_styles import label_styles
from conflict_events.pages.templates import render
from conflict_events.pages.whole_file import whole_file

MOST_STORIES = 100
MOST_COPIES = 100
MOST_DAYS = 60
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Digest:
    """What the overview keeps of an article."""

    title: str
    source: str
    date: date | None
    dead: tuple[tuple[str, tuple[DeathCount, ...]], ...]  # sentences, each with the counts that are new in it
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story as it is shown: its articles by date, what they share, and how many outlets tell it."""

    articles: tuple[Digest, ...]
    shared: tuple[str, ...]
    outlets: int


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page shows."""

    tally: Tally
    stories: tuple[StoryView, ...]
    copies: tuple[tuple[Digest, ...], ...]


def overview_of(articles: Iterable[EventArticle]) -> Overview:
    """Count, cluster and compare; keeps a digest of each article. InputError if none has a sentence."""
    tally = Tally()
    digests: list[Digest] = []
    terms: list[RawTerms] = []
    days: list[frozenset[tuple[int, int]]] = []
    copied: list[frozenset[int]] = []
    for article in articles:
        tally.add(article)
        digests.append(_digest(article))
        terms.append(raw_terms(article))
        days.append(named_days(article))
        copied.append(event_passages(article))
    if not tally.sentences:
        raise InputError(
            "the events files hold no sentence to show; tag more articles, or use --all-sentences"
        )
    vectors = unit_vectors(settled_terms(terms))
    stories = []
    for story in find_stories([digest.date for digest in digests], vectors, days):
        told = sorted(
            (digests[member] for member in story.members), key=lambda digest: digest.date or date.max
        )
        outlets = len({digest.source for digest in told})
        if len(told) > 1:
            stories.append(StoryView(tuple(told), tuple(story.shared_terms(vectors)), outlets))
    stories.sort(key=lambda story: (-story.outlets, -len(story.articles)))
    copies = [tuple(digests[member] for member in group) for group in near_copies(copied)]
    copies.sort(key=len, reverse=True)
    return Overview(tally, tuple(stories), tuple(copies))


def write_overview(overview: Overview, folder: str | Path) -> Path:
    """Write `index.html`, `figures/*.png` and `figures/*.svg` into the folder; return the path of the page.

    The folder is made if need be. Raises MissingExtraError where Matplotlib or Jinja2 is not installed.
    """
    folder = Path(folder)
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    styles = label_styles(overview.tally.labels)
    figures = [_figure(plot, folder / "figures") for plot in plots(overview.tally, styles)]
    page = render(
        "overview.html",
        {
            "tally": overview.tally,
            "labels": styles,
            "styles_by_label": {style.label: style for style in styles},
            "numbers": {style.label: number for number, style in enumerate(styles)},
            "figures": figures,
            "busiest": _busiest_days(overview.tally),
            "outlets": overview.tally.outlet_articles.most_common(),
            "stories": [story for story in overview.stories if story.outlets > 1][:MOST_STORIES],
            "told_once": [story for story in overview.stories if story.outlets == 1][:MOST_STORIES],
            "copies": overview.copies[:MOST_COPIES],
        },
        styles=("page.css", "overview.css"),
        scripts=("theme.js",),
        folder=_TEMPLATES,
    )
    with whole_file(folder / "index.html") as stream:
        stream.write(page.encode("utf-8", "replace"))
    return folder / "index.html"


def _digest(article: EventArticle) -> Digest:
    dead = []
    seen: set[tuple[int | None, str]] = set()
    for sentence in article.events:
        if CASUALTIES not in sentence.labels:
            continue
        counts = {(count.value, count.who.lower()): count for count in death_counts(sentence.text)}
        if new := tuple(count for key, count in counts.items() if key not in seen):
            dead.append((sentence.text, new))
        seen.update(counts)
    labels = frozenset(label for sentence in article.events for label in sentence.labels)
    title = article.title or article.id
    return Digest(title, article.source, article.date, tuple(dead), labels)


def _figure(plot: Plot, folder: Path) -> dict[str, Any]:
    try:
        png, svg = drawn(plot, LIGHT, ("png", "svg"))
        (dark,) = drawn(plot, DARK, ("svg",))
    except ModuleNotFoundError as error:
        raise MissingExtraError("The overview", "report") from error
    for format, content in (("png", png), ("svg", svg)):
        with whole_file(folder / f"{plot.name}.{format}") as stream:
            stream.write(content)
    return {"plot": plot, "light": _data_uri(svg), "dark": _data_uri(dark)}


def _data_uri(svg: bytes) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()


def _busiest_days(tally: Tally) -> Sequence[tuple[date, int, list[tuple[str, int]]]]:
    """The days with most events, in their order: (day, sentences, [(outlet, sentences), ...])."""
    days: dict[date, list[tuple[str, int]]] = {}
    for (outlet, day), count in tally.outlet_days.most_common():
        days.setdefault(day, []).append((outlet, count))
    rows = [(day, sum(count for _, count in outlets), outlets) for day, outlets in days.items()]
    return sorted(sorted(rows, key=lambda row: (-row[1], row[0]))[:MOST_DAYS])
