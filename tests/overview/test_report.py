from __future__ import annotations

import re
from datetime import date

import pytest

from conflict_events.articles import Article, TaggedArticle, TaggedSentence
from conflict_events.overview import overview_of, write_overview
from conflict_events.overview.plots import Periods
from conflict_events.scripts.report import report

NAMES = ["labels_over_time", "labels_together", "outlets_over_time", "scores"]
ATTACK = "</script><script>attacked=1</script><img src=x onerror=attacked=1> {{ 7*7 }} $\\frac$ \u202e"


@pytest.fixture(scope="module")
def folder(tagged_seeds, as_events, tmp_path_factory):
    path = tmp_path_factory.mktemp("report")
    write_overview(overview_of(map(as_events, tagged_seeds)), path)
    return path


@pytest.mark.integration
def test_the_page_and_every_plot_are_written(folder):
    assert sorted(path.stem for path in (folder / "figures").glob("*.png")) == NAMES
    assert sorted(path.stem for path in (folder / "figures").glob("*.svg")) == NAMES
    assert (folder / "figures" / "scores.png").read_bytes().startswith(b"\x89PNG")
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.count("data:image/svg+xml;base64,") == 2 * len(NAMES)
    assert "3 articles have no date" in page


@pytest.mark.integration
def test_the_same_events_give_the_same_bytes(folder, tagged_seeds, as_events, tmp_path):
    write_overview(overview_of(map(as_events, tagged_seeds)), tmp_path)
    for path in folder.rglob("*.*"):
        assert path.read_bytes() == (tmp_path / path.relative_to(folder)).read_bytes(), path.name


def test_counts_are_those_of_the_articles(tagged_seeds, as_events):
    tally = overview_of(map(as_events, tagged_seeds)).tally
    sentences = [sentence for tagged in tagged_seeds for sentence in tagged.sentences]
    assert tally.sentences == len(sentences)
    assert tally.totals["airstrike"] == sum("airstrike" in sentence.labels for sentence in sentences)
    both = sum({"advance", "airstrike"} <= set(sentence.labels) for sentence in sentences)
    assert tally.together["advance", "airstrike"] == tally.together["airstrike", "advance"] == both > 0
    assert sum(tally.scores["advance"]) == len(sentences)
    assert sum(tally.outlet_labels.values()) == sum(tally.totals.values())


@pytest.mark.integration
def test_without_any_date_the_plots_over_time_are_left_out(tagged_seeds, as_events, tmp_path):
    undated = [as_events(tagged) for tagged in tagged_seeds if not tagged.article.date]
    page = write_overview(overview_of(undated), tmp_path)
    assert sorted(path.stem for path in (tmp_path / "figures").glob("*.png")) == ["labels_together", "scores"]
    assert "Days with most events" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("last", "unit", "count"),
    [
        ("2016-01-01", "day", 1),
        ("2016-02-10", "day", 41),
        ("2016-12-31", "week", 53),
        ("2017-12-31", "month", 24),
    ],
)
def test_periods_leave_no_gap(last, unit, count):
    periods = Periods.of([date(2016, 1, 1), date.fromisoformat(last)])
    assert (periods.unit, len(periods.starts)) == (unit, count)
    assert sum(periods.counts({date(2016, 1, 1): 2, date.fromisoformat(last): 3})) in (3, 5)


@pytest.mark.integration
def test_what_articles_say_stays_text(as_events, tmp_path):
    tagged = TaggedArticle(
        Article(ATTACK, ATTACK, ATTACK, ATTACK, "2016-06-05"),
        (
            TaggedSentence(
                ATTACK + " 5 killed.",
                0,
                len(ATTACK),
                (ATTACK, "casualty_report"),
                {ATTACK: 0.9, "casualty_report": 0.8},
            ),
        ),
        (),
        "v",
    )
    page = write_overview(overview_of([as_events(tagged)] * 2), tmp_path).read_text(encoding="utf-8")
    assert page.count("<script") == 1
    assert not re.search(r"<img src=x", page)
    for svg in (tmp_path / "figures").glob("*.svg"):
        assert "<script" not in svg.read_text(encoding="utf-8")


@pytest.mark.integration
def test_the_command_reads_what_tag_wrote(tagged_seeds, labels, tmp_path, capsys):
    from conflict_events.output import open_writer

    with open_writer(tmp_path / "events.parquet", "parquet", labels, all_sentences=False) as writer:
        for tagged in tagged_seeds:
            writer.write(tagged)
    report([str(tmp_path / "events.parquet")], output=str(tmp_path / "out" / "report"))
    assert "1 story told by several outlets" in capsys.readouterr().err
    assert "only sentences with a label" in (tmp_path / "out" / "report" / "index.html").read_text(
        encoding="utf-8"
    )
