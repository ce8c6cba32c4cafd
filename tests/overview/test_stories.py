from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta

import pytest

from conflict_events.errors import InputError
from conflict_events.overview import EventArticle, overview_of
from conflict_events.overview.copies import near_copies
from conflict_events.overview.stories import find_stories, unit_vectors

JUNE_2016 = {"Al Jazeera", "International Business Times", "Al-Alam"}


def members(days, terms, named=None):
    vectors = unit_vectors(terms)
    stories = find_stories(days, vectors, named or [[]] * len(terms))
    return sorted(sorted(story.members) for story in stories)


def test_the_three_seeds_of_june_2016_are_one_story_and_the_others_are_not(tagged_seeds, as_events):
    overview = overview_of(map(as_events, tagged_seeds))
    (story,) = [story for story in overview.stories if story.outlets > 1]
    assert {article.source for article in story.articles} == JUNE_2016


def test_each_outlet_has_its_own_count_of_the_dead(tagged_seeds, as_events):
    (story,) = overview_of(map(as_events, tagged_seeds)).stories
    said = {
        article.source: [(count.value, count.who) for _, counts in article.dead for count in counts]
        for article in story.articles
    }
    assert said == {
        "Al Jazeera": [(26, "ISIL fighters"), (9, "Syrian government and allied troops")],
        "International Business Times": [
            (26, "IS fighters"),
            (9, "Syrian security forces and supporting fighters"),
            (104, "militants"),
        ],
        "Al-Alam": [],  # "scores of the dead and wounded", "a number of the ISIS terrorists"
    }


@pytest.mark.integration
def test_the_seeds_come_out_the_same_among_other_news(tagged_seeds, tagged_corpus, as_events):
    overview = overview_of(map(as_events, [*tagged_seeds, *tagged_corpus]))
    (story,) = [s for s in overview.stories if any(a.source == "Al Jazeera" for a in s.articles)]
    assert {article.source for article in story.articles} == JUNE_2016


@pytest.mark.integration
def test_reports_of_one_attack_by_four_outlets_meet(corpus_overview):
    stories = [{article.title for article in story.articles} for story in corpus_overview.stories]
    assert any(
        {
            "29 Syria Rebels Dead in Fighting for Key Aleppo Road",
            "Scores of Syrian rebels killed over key Aleppo road",
            "Syrian Forces Foil Raid on Castello Kill 29 Militants",
            "175 Nusra Terrorists Killed Injured in Castello Road in Aleppo",
        }
        <= titles
        for titles in stories
    )
    assert max(len(story.articles) for story in corpus_overview.stories) < 15  # no chain swallows a month


def test_near_copies_of_the_corpus_are_found(corpus_overview):
    groups = [{(article.source, article.title) for article in group} for group in corpus_overview.copies]
    assert {
        ("nna", "Suicide bomber kills 4 in Assad clans hometown"),
        ("ahram", "Suicide bomber kills 4 in Assad clans hometown"),
    } <= groups[0] | groups[1] | groups[2]


def test_all_sentences_or_those_with_labels_give_the_same_stories(tagged_seeds, as_events):
    full = [as_events(tagged) for tagged in tagged_seeds]
    short = [replace(article, sentences=article.events) for article in full]
    assert overview_of(full).stories == overview_of(short).stories


def test_the_same_words_on_far_days_are_two_stories():
    terms = [{"raqqa": 1, "26 dead": 1}] * 2 + [{"homs": 1}]
    first = date(2016, 6, 4)
    assert members([first, first + timedelta(2), first], terms) == [[0, 1], [2]]
    assert members([first, first + timedelta(3), first], terms) == [[0], [1], [2]]


def test_a_story_ends_however_it_goes_on():
    days = [date(2016, 6, 1) + timedelta(n) for n in range(8)]
    assert members(days, [{"raqqa": 1, "tabqa": 1}] * 8) == [[0, 1, 2, 3, 4], [5, 6, 7]]


def test_an_article_without_a_date_needs_a_day_of_the_story():
    terms = [{"raqqa": 1, "26 dead": 1}] * 2
    days = [date(2016, 6, 5), None]
    assert members(days, terms) == [[0], [1]]
    assert members(days, terms, [[], [(6, 4)]]) == [[0, 1]]
    assert members(days, terms, [[], [(2, 29)]]) == [[0], [1]]


def test_articles_without_any_term_stand_alone():
    assert members([date(2016, 6, 5)] * 2, [{}, {}]) == [[0], [1]]


def test_copies_are_chains_of_shared_passages():
    a, b, c = frozenset(range(10)), frozenset(range(5, 15)), frozenset(range(10, 20))
    assert near_copies([a, frozenset([99]), b, c, frozenset()]) == [[0, 2, 3]]


@pytest.mark.integration
def test_cost_grows_with_the_articles_and_not_with_their_pairs():
    def seconds(count: int) -> float:
        terms = [
            {f"place{n % 997}": 1, f"{n % 89} dead": 1, "advance": 1, f"name{n % 311}": 1}
            for n in range(count)
        ]
        days = [date(2016, 1, 1) + timedelta(n // 20) for n in range(count)]
        vectors = unit_vectors(terms)
        started = time.process_time()
        find_stories(days, vectors, [[]] * count)
        return time.process_time() - started

    # Pairs would be 64 times as many; the least of several runs keeps what else the machine does out of it.
    assert min(seconds(16_000) for _ in range(3)) < 30 * min(seconds(2_000) for _ in range(5))


def test_nothing_is_an_error_and_an_article_without_events_is_none():
    with pytest.raises(InputError):
        overview_of([])
    with pytest.raises(InputError):
        overview_of([EventArticle("a", "", "", None, ())])
