"""Text that came from elsewhere, made fit for a terminal: it can be read there, and steer nothing."""

from __future__ import annotations

import unicodedata

_REPLACED = "\N{REPLACEMENT CHARACTER}"
# They turn the order of what follows round, so that a name or an address looks like another one.
_OVERRIDES = "\N{LEFT-TO-RIGHT OVERRIDE}\N{RIGHT-TO-LEFT OVERRIDE}"


def printable(text: str) -> str:
    """Return `text` on one line, with control characters that could steer a terminal replaced."""
    return "".join(map(_shown, " ".join(text.split())))


def printable_lines(text: str) -> str:
    """Return `text` with its lines, and with control characters but tabs and line ends replaced."""
    return "".join(character if character in "\t\n" else _shown(character) for character in text)


def _shown(character: str) -> str:
    unsafe = unicodedata.category(character) in {"Cc", "Cs"} or character in _OVERRIDES
    return _REPLACED if unsafe else character
