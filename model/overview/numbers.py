"""Numbers as English news writes them: in digits, in words, and vague ones."""

from __future__ import annotations

import re

_UNITS = re.findall(
    r"\w+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen",
)
_TENS = re.findall(r"\w+", "twenty thirty forty fifty sixty seventy eighty ninety")
_VALUES = (
    {word: value for value, word in enumerate(_UNITS)}
    | {word: 10 * value for value, word in enumerate(_TENS, start=2)}
    | {"a": 1, "an": 1}
)
_SCALES = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 1_000_000}

_SMALL = "|".join((*_UNITS[1:], *_TENS))
_DIGITS = r"\d{1,3}(?:,\d{3})+|\d+"
_VAGUE = r"(?:tens|hundreds) of thousands|dozens|scores|hundreds|thousands|several"
# A number, to be used with re.IGNORECASE; it has no groups.
NUMBER = (
    rf"(?:\b(?:(?:{_DIGITS}|(?:{_SMALL})(?:-(?:{_SMALL}))?|an?(?=\s+(?:{'|'.join(_SCALES)})\b))"
    rf"(?:\s+(?:{'|'.join(_SCALES)})(?:\s+and\s+(?:{_SMALL})(?:-(?:{_SMALL}))?)?)*|{_VAGUE})\b)"
)


def value_of(number: str) -> int | None:
    """Return the value of a text that matches NUMBER; None for a vague one (dozens, scores)."""
    if re.fullmatch(_VAGUE, number, re.IGNORECASE):
        return None
    total = current = 0
    for word in re.findall(r"[\d,]+|[a-z]+", number.lower()):
        if word in _SCALES:
            current = max(current, 1) * _SCALES[word]
            if _SCALES[word] >= 1000:
                total, current = total + current, 0
        elif word[0].isdigit():
            current += int(word.replace(",", ""))
        elif word != "and":
            current += _VALUES[word]
    return total + current
