"""Sentences of a quotation that do not say who speaks: what they report, only the text before them tells."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MARK = re.compile('["“”«»]')
_WORD = re.compile(r"[^\W\d_]+")
_OPENING, _CLOSING = "“«", "”»"
_BEFORE_OPENING = "([{-–—/"
# What may stand beside a quotation and still name nobody.
_NOBODY = (
    "he she they it who reporters journalists said says say saying added adds told tells asked replied "
    "answered explained continued insisted noted wrote concluded warned stated declared went on also later "
    "then again and but"
)
_NAMES_NOBODY = frozenset(_NOBODY.split())


def contexts_within(sentences: Sequence[str], before: int, context_for: str) -> list[str]:
    """For each sentence of an article, the text of up to `before` sentences before it that a model is shown.

    `before` and `context_for` are those of the model's folder.
    """
    contexts = [" ".join(sentences[max(0, index - before) : index]) for index in range(len(sentences))]
    return shown_contexts(sentences, contexts, context_for)


def shown_contexts(sentences: Sequence[str], contexts: Sequence[str], context_for: str) -> list[str]:
    """The contexts that a model is shown: all, or those of quotations that name no speaker; "" for the rest.

    `context_for` is that of its folder.
    """
    if context_for == "all":
        return list(contexts)
    return [
        before if before and names_no_speaker(sentence, before) else ""
        for sentence, before in zip(sentences, contexts, strict=True)
    ]


def names_no_speaker(sentence: str, before: str) -> bool:
    """Whether a sentence is part of a quotation, and of no one who is named in it.

    `before` is the text just before it, which tells whether a quotation is still open. A pronoun with a verb
    of speaking names nobody. Quotations in single marks are not seen, for these are apostrophes, too; nor are
    those in marks that begin low or stand away from their words.
    """
    marks = [found.start() for found in _MARK.finditer(sentence)]
    if not marks:
        return _ends_inside(before) and _WORD.search(sentence) is not None
    # A mark that closes where nothing was open ends what is no quotation of this sentence alone.
    inside = not _opens(sentence, marks[0]) and _ends_inside(before)
    quoted = False
    begin = 0
    for mark in [*marks, len(sentence)]:
        words = _WORD.findall(sentence[begin:mark])
        if not inside and not _NAMES_NOBODY.issuperset(word.lower() for word in words):
            return False
        quoted = quoted or (inside and bool(words))
        inside = mark < len(sentence) and _opens(sentence, mark)
        begin = mark + 1
    return quoted


def _ends_inside(text: str) -> bool:
    marks = [found.start() for found in _MARK.finditer(text)]
    return bool(marks) and _opens(text, marks[-1])


def _opens(text: str, place: int) -> bool:
    """Whether the mark at a place begins a quotation. A straight one tells by what stands around it."""
    if text[place] in _OPENING or text[place] in _CLOSING:
        return text[place] in _OPENING
    free = place == 0 or text[place - 1].isspace() or text[place - 1] in _BEFORE_OPENING
    return free and place + 1 < len(text) and not (text[place + 1].isspace() or text[place + 1] in ",.;:!?)")
