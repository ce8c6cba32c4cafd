"""What a sentence says of the dead: how many, and who where that is plain.

Patterns over the words of one sentence, made for English news; a count that they do not understand is left
out rather than guessed. Counts of killed and wounded together are left out, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from conflict_events.overview.numbers import NUMBER, value_of

_QUALIFIER = (
    r"(?:at least|more than|no fewer than|fewer than|less than|as many as|up to|over|about|around|some|nearly"
    r"|almost|approximately|an estimated|a total of|close to|another|a further)"
)
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
# "is" in lower case alone: IS is also a name.
_AUXILIARY = (
    r"(?:(?:have|has|had)\s+(?:\w+ly\s+|also\s+)?been|(?:were|was|are|(?-i:is))(?:\s+being)?|being|been|got)"
)
_KILLED = (
    r"(?:killed|slain|martyred|executed|assassinated|massacred|beheaded|eliminated|gunned down|shot dead)"
)
_DEAD = (
    r"(?:(?:(?:have|has|had)\s+)?(?:also\s+)?(?:died|perished|lost their lives)|(?:(?:were|was|are)\s+)?dead)"
)
_KILLING = (
    r"(?:killed|killing|kills|kill|executed|massacred|martyred|(?:deaths?|lives|killing) of|claimed|claiming)"
)
# Words that end the naming of the dead.
_STOP = (
    rf"(?:{_KILLED}|{_KILLING}|{_AUXILIARY}|and|or|but|as|that|who|which|while|when|where|after|before|since|in|on"
    r"|at|by|near|during|with|to|into|for|over|across|around|amid|including|according|dead|died|wounded|wounding"
    r"|injured|injuring|have|has|had|were|was|are|(?-i:is)|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    rf"|{_MONTH}|{NUMBER})\b"
)
_WORDS = rf"(?:\s+(?!{_STOP})[\w'’/-]+)"
_AND_MORE = r"(?:\s+and(?:\s+(?:other|allied|supporting|their|its|pro-\w+))?(?!\s+\w+(?:ing|ed)\b))"
_WHO = rf"(?:{_WORDS}{{1,7}}(?:{_AND_MORE}{_WORDS}{{1,4}})?)"
_NOT_PEOPLE = rf"(?!\s+(?:of\s+th\w+|{_MONTH}|years?|months?|days?|times?|km|kilomet\w+|percent)\b)"
_ITEM = rf"(?<!no )(?:{_QUALIFIER}\s+)?{NUMBER}{_NOT_PEOPLE}{_WHO}?"
_JOIN = r"(?:\s*,?\s*(?:and|as well as|along with|plus)\s+|\s*,\s+)"
_ITEMS = rf"{_ITEM}(?:{_JOIN}{_ITEM}){{0,4}}"
# Some of those counted already ("21 people, including nine children, were killed").
_AMONG_THEM = r"(?:\s*,?\s+(?:including|among them)\b[^.;]{0,90}?)"
# After "killed" without an auxiliary: what shows that those named before it are the dead, not the killers.
_ENDS = (
    r"(?=\s*(?:$|[.,;:)\"”’]|(?:in|on|by|at|near|during|after|when|as|since|over|across|from|so far|overnight"
    r"|and|while|including|under|inside|outside)\b))"
)
_TOGETHER = r"(?!\s*(?:and|or|,)\s*(?:wounded|injured|hurt)\b)"

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<items>{_ITEMS}){_AMONG_THEM}?,?\s+"
        rf"(?:{_AUXILIARY}\s+(?:\w+ly\s+|also\s+|confirmed\s+|reported\s+)?{_KILLED}|{_KILLED}{_ENDS}|{_DEAD})\b"
        rf"{_TOGETHER}(?:\s*,?\s+(?:as well as|along with|and)\s+(?P<more>{_ITEMS}))?",
        rf"\b{_KILLING}\s+(?P<items>{_ITEMS})",
        rf"\bdeath toll\b[^.;]{{0,40}}?\b(?:to|at|of|is|was|as|reached|exceeds|passed)\s+(?:at\s+)?"
        rf"(?P<items>{_ITEM})",
        rf"(?P<items>(?:{_QUALIFIER}\s+)?{NUMBER}(?:\s+\w+)?)\s+(?:deaths|fatalities|bodies)\b",
    )
)
_EACH = re.compile(rf"(?P<qualifier>{_QUALIFIER}\s+)?(?P<number>{NUMBER})(?P<who>{_WHO})?", re.IGNORECASE)
_HURT_INSTEAD = re.compile(
    r"\s*(?:were|was|others|people|more|others were|are)?\s*"
    r"(?:wounded|injured|hurt|arrested|captured|missing)\b",
    re.IGNORECASE,
)
# The patterns look ahead from every number: longer "sentences" are lists or dumps, and would take long.
_LONGEST = 1000
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class DeathCount:
    """So many dead: `phrase` as it is written, `value` (None for "dozens"), `who` ("" where not plain)."""

    phrase: str
    value: int | None
    who: str


@lru_cache(maxsize=256)  # the same sentences are asked about twice in a row, for terms and for tables
def death_counts(sentence: str) -> tuple[DeathCount, ...]:
    """Return the counts of dead that the sentence gives, in their order and each once."""
    found = dict(_matches(sentence[:_LONGEST]))
    return tuple(dict.fromkeys(found[begin] for begin in sorted(found)))


def _matches(sentence: str) -> Iterator[tuple[int, DeathCount]]:
    for pattern in _PATTERNS:
        for match in pattern.finditer(sentence):
            for group in ("items", "more"):
                if group in pattern.groupindex and match[group]:
                    yield from _counts(sentence, *match.span(group))


def _counts(sentence: str, begin: int, end: int) -> Iterator[tuple[int, DeathCount]]:
    for match in _EACH.finditer(sentence, begin, end):
        who = " ".join((match["who"] or "").split())
        if _HURT_INSTEAD.match(sentence, match.end()) or who.endswith(("wounded", "injured")):
            continue
        if not who and _YEAR.fullmatch(match["number"]):
            continue
        phrase = " ".join(match[0].split())
        yield match.start("number"), DeathCount(phrase, value_of(match["number"]), who)
