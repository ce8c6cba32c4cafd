"""Sentences as spans of a text, told by a hash that does not depend on how white space is written."""

from __future__ import annotations

import hashlib
import re
from itertools import chain

# 64 bits of a SHA-256: among the some 10^8 spans that a join looks at, another span with the hash that is
# looked for has a chance of one in 10^11.
HASH_DIGITS = 16

_WORD = re.compile(r"\S+")


class Spans:
    """A text to be searched for spans.

    Offsets and lengths count characters of the normal form: each run of white space (as `str.isspace` has
    it) is one space, with none at the ends.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        words = list(_WORD.finditer(text))
        self._normal = " ".join(word[0] for word in words)
        # Where each character of the normal form stands in the text; a space, behind the word before it.
        self._places = [place for word in words for place in range(word.start(), word.end() + 1)]

    def find(self, length: int, digest: str, *, begin: int | None = None, after: int = 0) -> int | None:
        """Where a span of this length and hash begins: at `begin`, or else the first from `after` on, or else
        the first of all; None where there is none."""
        last = len(self._normal) - length
        likely = [] if begin is None else [begin]
        for start in chain(likely, range(after, last + 1), range(min(after, last + 1))):
            span = self._normal[start : start + length]
            if len(span) == length and span[0] != " " and span[-1] != " " and _digest(span) == digest:
                return start
        return None

    def text(self, begin: int, length: int) -> str:
        """The span as it is written in the text."""
        return self._text[self._places[begin] : self._places[begin + length - 1] + 1]


def hash_of(text: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of a text's normal form."""
    return _digest(" ".join(text.split()))


def length_of(text: str) -> int:
    """The length of a text's normal form, in characters."""
    return len(" ".join(text.split()))


def _digest(normal: str) -> str:
    return hashlib.sha256(normal.encode("utf-8", "surrogatepass")).hexdigest()[:HASH_DIGITS]
