from __future__ import annotations

import time

import pytest

from conflict_events.overview.death_counts import death_counts
from conflict_events.overview.numbers import NUMBER, value_of

CASES = [
    (
        "SOHR said at least 26 ISIL fighters and nine Syrian government and allied troops were killed.",
        [("at least 26 ISIL fighters", 26), ("nine Syrian government and allied troops", 9)],
    ),
    (
        "At least 26 IS fighters have been killed, as well as nine security forces and supporting fighters.",
        [("At least 26 IS fighters", 26), ("nine security forces and supporting fighters", 9)],
    ),
    ("On 28 May, air strikes in northern Syria killed 104 militants.", [("104 militants", 104)]),
    ("The attack killed 13 members of regime forces.", [("13 members of regime forces", 13)]),
    ("Dozens of people have been killed in Idlib.", [("Dozens of people", None)]),
    ("Two air strikes killed twenty-one civilians.", [("twenty-one civilians", 21)]),
    ("21 people, including nine children, were killed.", [("21 people", 21)]),
    ("Five civilians including three children were also killed by bombs.", [("Five civilians", 5)]),
    ("WHO said, putting the death toll at at least 70.", [("at least 70", 70)]),
    ("The death toll from the bombing rose to 126, a monitor said.", [("126", 126)]),
    ("The blast claimed the lives of 18 civilians.", [("18 civilians", 18)]),
    ("30 Terrorists Killed.", [("30 Terrorists", 30)]),
    ("The shelling left two civilians dead.", [("two civilians", 2)]),
    ("Two women and two soldiers were killed.", [("Two women", 2), ("two soldiers", 2)]),
    ("The war has killed more than 280,000 people.", [("more than 280,000 people", 280_000)]),
    # The wounded are not the dead, and killed and wounded together are neither.
    ("At least 28 people were killed and 30 others wounded.", [("At least 28 people", 28)]),
    ("20 people were killed and wounded.", []),
    ("At least 140 people were wounded.", []),
    ("The raid wounded 12 and destroyed 3 houses.", []),
    # Killers, days and years are no dead.
    ("Two air strikes killed the commander.", []),
    ("Since 2011 the army killed rebels.", []),
    ("On 4 June 2016 killed rebels were buried.", []),
    ("No one was killed.", []),
]


@pytest.mark.parametrize(("sentence", "expected"), CASES)
def test_counts_of_the_dead(sentence, expected):
    assert [(count.phrase, count.value) for count in death_counts(sentence)] == expected


def test_who_the_dead_are_where_it_is_plain():
    assert [count.who for count in death_counts("26 ISIL fighters were killed. Nine died.")] == [
        "ISIL fighters",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,300", 1300),
        ("two hundred and fifty", 250),
        ("a dozen", 12),
        ("three thousand", 3000),
        ("15 thousand", 15_000),
        ("scores", None),
        ("tens of thousands", None),
    ],
)
def test_numbers_in_words(text, value):
    import re

    assert re.fullmatch(NUMBER, text, re.IGNORECASE)
    assert value_of(text) == value


@pytest.mark.parametrize(
    "hostile", ["1, ", "one and ", "1 a b c d e and ", "5 people, including ", "death toll ", "one hundred "]
)
def test_no_text_takes_long(hostile):
    started = time.perf_counter()
    death_counts(hostile * 20_000)
    assert time.perf_counter() - started < 2
