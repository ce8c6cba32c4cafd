"""Which side of the Syrian war a sentence speaks of, by word lists.

A sentence is counted for the side that it names first, for in English the subject mostly comes first. That
is a makeshift: it takes "ISIS was driven out by the army" for ISIS's doing, and knows no pronouns, towns or
men by their names. Words that every side uses of its enemies ("terrorists", "militants") are in no list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# Names are matched as they stand, for "IS" is no verb and "US" no pronoun; other words in any case.
SIDES: Mapping[str, str] = {
    "government and allies": (
        r"(?i:regime|pro-(?:government|regime)|government (?:forces|troops|army|soldiers|warplanes|aircraft))"
        r"|Syrian (?:Arab )?(?i:army|air force|forces|troops|soldiers|warplanes|jets|government|military)"
        r"|Assads?|SAA|NDF|National Defen[cs]e Forces?|(?i:army units?|armed forces)"
        r"|H[ei]zbu?o?ll?ahs?|Russian?s?|Iran(?:ian)?s?|Tehran"
    ),
    "opposition": (
        r"(?i:rebels?|opposition|insurgents?)|Free (?:Syrian )?Army|FSA|(?:[Aa]l-?)?Nus?ra"
        r"|Tahrir [Aa]l-?Sham|HTS|Ahrar [Aa]l-?Sham|Ja[iy]sh [Aa]l-?\w+"
        r"|(?:National|Syrian|Opposition) Coalition"
    ),
    "ISIS": r"ISIS|ISIL|IS|(?i:da[e’']?e?sh)|Islamic State",
    "coalition": (
        r"(?i:coalition|us-led)|(?:US|U\.S\.)(?![- ](?i:backed))|United States|Americans?|Washington|Pentagon"
        r"|CENTCOM"
    ),
    "Kurdish forces": (
        r"Kurd(?:s|ish)?|YPG|YPJ|SDF|Syrian Democratic Forces|Peshmerga|PKK|PYD|Asayish"
        r"|People[’']?s Protection Units"
    ),
}
NO_SIDE = "none of these"

_SIDES = {name: re.compile(rf"(?<!\w)(?:{words})(?!\w)") for name, words in SIDES.items()}


def side_of(sentence: str) -> str:
    """The side that a sentence names first, or `NO_SIDE`; of two that begin together the longer name."""
    found = [
        (match.start(), -match.end(), side)
        for side, words in _SIDES.items()
        if (match := words.search(sentence))
    ]
    return min(found)[2] if found else NO_SIDE
