"""What an article's events are about, as terms: names, numbers, counts of dead, and labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from conflict_events.overview.death_counts import death_counts
from conflict_events.overview.events import EventArticle

CASUALTIES = "casualty_report"
MONTHS: list[str] = re.findall(
    r"\w+", "january february march april may june july august september october november december"
)
_DAYS = re.findall(r"\w+", "monday tuesday wednesday thursday friday saturday sunday")
_CALENDAR = frozenset((*MONTHS, *_DAYS, *(month[:3] for month in MONTHS), "sept"))
_WORD = re.compile(r"[^\W_]+(?:[-’'][^\W_]+)*")
_LEAST_NUMBER = 10  # smaller ones are shared by chance
_YEAR = re.compile(r"(?:19|20)\d\d")
_MONTH = "|".join(MONTHS)
_DAY_OF_MONTH = re.compile(
    rf"\b(?:(?P<day>\d\d?)(?:st|nd|rd|th)?\s+(?P<month>{_MONTH})|(?P<month_first>{_MONTH})\s+(?P<day_last>\d\d?))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RawTerms:
    """What one article gives before the others are known.

    `names` are capitalised words inside sentences, `doubtful` those that may owe the capital to where they
    stand (first in a sentence, in a title), `plain` words in lower case; `facts` need no second look.
    """

    names: Counter[str]
    doubtful: Counter[str]
    plain: Counter[str]
    facts: Counter[str]


def raw_terms(article: EventArticle) -> RawTerms:
    """Read the title and the sentences that carry a label; a file with all sentences gives the same terms."""
    raw = RawTerms(Counter(), Counter(), Counter(), Counter())
    raw.doubtful.update(_names(_WORD.findall(article.title)))
    for sentence in article.events:
        words = _WORD.findall(sentence.text)
        raw.doubtful.update(_names(words[:1]))
        raw.names.update(_names(words[1:]))
        raw.plain.update(word for word in words if word.islower())
        dead = (
            {count.value for count in death_counts(sentence.text)} if CASUALTIES in sentence.labels else set()
        )
        raw.facts.update(f"{count} dead" for count in dead if count)
        raw.facts.update(str(number) for number in _numbers(words) if number not in dead)
        raw.facts.update(sentence.labels)
    return raw


def settled_terms(articles: Sequence[RawTerms]) -> list[Counter[str]]:
    """Return each article's terms; names stand inside sentences more often with a capital than without."""
    names: Counter[str] = Counter()
    plain: Counter[str] = Counter()
    for raw in articles:
        names.update(raw.names)
        plain.update(raw.plain)
    known = {name for name, count in names.items() if count > plain[name]}
    return [
        raw.facts + Counter({word: n for word, n in (raw.names + raw.doubtful).items() if word in known})
        for raw in articles
    ]


def named_days(article: EventArticle) -> frozenset[tuple[int, int]]:
    """Return the days that its events name, as (month, day): "4 June", "June 4"."""
    return frozenset(
        (
            MONTHS.index((match["month"] or match["month_first"]).lower()) + 1,
            int(match["day"] or match["day_last"]),
        )
        for sentence in article.events
        for match in _DAY_OF_MONTH.finditer(sentence.text)
    )


def _names(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        name = word.lower().removesuffix("'s").removesuffix("’s")
        if word[0].isupper() and len(name) > 1 and name not in _CALENDAR:
            yield name


def _numbers(words: Iterable[str]) -> Iterator[int]:
    for word in words:
        if word.isdecimal() and len(word) < 10 and int(word) >= _LEAST_NUMBER and not _YEAR.fullmatch(word):
            yield int(word)
