"""Sentences with exact offsets: nupunkt (Bommarito and others, 2025), with hard ends at line breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import copy
from functools import lru_cache
from typing import TYPE_CHECKING

from ..articles import Sentence
from .abbreviations import ABBREVIATIONS

if TYPE_CHECKING:
    from nupunkt import PunktSentenceTokenizer

_RUN = 400
# Longer runs without white space are no prose (base64, "!!!!"), and nupunkt takes time quadratic in their
# length.
_LONG_RUN = re.compile(rf"\S{{{_RUN},}}")

# Quotes that close apart from their sentence, as in "the fight.’ ” He left."
_CLOSING_MARKS = re.compile(r"[”’»)\]]{1,5}(?=\s)")


def split_sentences(text: str) -> list[Sentence]:
    """The sentences of a text in order, stripped of white space: `text[begin:end]` is each sentence."""
    return [Sentence(text[begin:end], begin, end) for begin, end in sentence_spans(text)]


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """The offsets of the sentences of a text; together they cover all of it but white space."""
    for begin, end in line_spans(text):
        yield from spans_in_line(text, begin, end)


def line_spans(text: str) -> Iterator[tuple[int, int]]:
    """The offsets of the lines of a text, stripped of white space; empty ones are left out."""
    offset = 0
    for line in text.splitlines(keepends=True):
        stripped = line.lstrip()
        if stripped:
            begin = offset + len(line) - len(stripped)
            yield begin, begin + len(stripped.rstrip())
        offset += len(line)


def spans_in_line(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The offsets of the sentences in `text[begin:end]`, which holds no line break."""
    line = text[begin:end]
    if end - begin > _RUN:
        line = _LONG_RUN.sub(_masked, line)
    starts = sorted(
        {0, *(_after_closing_marks(line, start) for start, _ in _tokenizer().span_tokenize(line))}
    )
    last: tuple[int, int] | None = None
    # Each sentence is taken to reach to the next one's start, so that no character can fall between two.
    for start, stop in zip(starts, [*starts[1:], len(line)], strict=True):
        piece = text[begin + start : begin + stop]
        left = begin + start + len(piece) - len(piece.lstrip())
        right = begin + start + len(piece.rstrip())
        if left >= right:
            continue
        if last is not None and not any(map(str.isalnum, piece)):
            # A closing quote that stands apart belongs to the sentence before it.
            last = last[0], right
            continue
        if last is not None:
            yield last
        last = left, right
    if last is not None:
        yield last


def _after_closing_marks(line: str, start: int) -> int:
    match = _CLOSING_MARKS.match(line, start)
    return match.end() if match and start else start


def _masked(run: re.Match[str]) -> str:
    return "x" * (run.end() - run.start() - 4) + run[0][-4:]


@lru_cache(maxsize=1)
def _tokenizer() -> PunktSentenceTokenizer:
    from nupunkt import PunktSentenceTokenizer, load

    # A tokenizer of our own: the loaded one is shared with whoever else uses nupunkt in this process.
    parameters = copy(load("default").parameters)
    good = {known for known in parameters.abbrev_types if len(known) == 1 or "." in known}
    parameters.abbrev_types = good | ABBREVIATIONS
    return PunktSentenceTokenizer(parameters, include_common_abbrevs=False)
