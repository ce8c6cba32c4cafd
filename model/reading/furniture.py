"""Furniture: text of the page that is not the article's, found line by line by the rules of rules.py."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import reasons, rules
from .phrases import COMMENT_HEADINGS, DATE_WORDS, LINK_LISTS, MONTHS, PHRASES

# What a run of repeated lines must amount to before it is taken for a copy and not for a refrain.
_SUBSTANTIAL = 80
_SHORTEST_HEADLINE = 20
_LONGEST_PHRASE = 60
_LINKS_IN_A_LIST = 10
_LONGEST_LINK = 160
_SENTENCE_ENDS = ".!?\"”’'…:;,)。！？؟।"
_LONGEST_QUOTED_DATA = 80
_TAIL = 260
_TAILS_A_LINE = 4
# Neither quotation marks nor full stops: "Listen." may be all that somebody said.
_EDGES = " \t\u00a0:…>»→|·•*-–—[]()"
_NUMERIC_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}")
_CLOCK = re.compile(r"[ap]\.m\.$", re.IGNORECASE)
_BARS = re.compile(r"\s*[|•·]\s*")
_DATE_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s,.:;/|()–-]|_")


def reasons_of_lines(lines: Sequence[str]) -> list[str | None]:
    """For each line (stripped, none empty), why all of it is furniture; None where it is not."""
    why = [reason_of(line) for line in lines]
    _mark_comment_rules(lines, why)
    _mark_link_lists(lines, why)
    _mark_repeats(lines, why)
    return why


def reason_of(text: str) -> str | None:
    """Why a line, or a sentence of a line, is furniture by itself; None where it is not."""
    # "26." may be an answer; figures without a full stop are numbers of pages and the like.
    if not any(map(str.isalpha, text)) and not (text[-1] in ".!?" and any(map(str.isdigit, text))):
        return reasons.DATE if _is_date(text) else reasons.WORDLESS
    if len(text) > rules.LONGEST:
        return reasons.DUMP if rules.CODE.match(text) else None
    lower = text.lower()
    if reason := PHRASES.get(_phrase(text)) or _reason_of_menu(text):
        return reason
    always = rules.ANY.fullmatch(text) is not None
    for rule in rules.RULES:
        if (rule.needs in lower if rule.needs else always) and rule.pattern.fullmatch(text):
            return rule.reason
    if rules.CODE.match(text):
        return reasons.DUMP
    return reasons.DATE if _is_date(text) else None


def furniture_in_line(line: str) -> list[tuple[int, int, str]]:
    """Furniture glued to a line of prose: (begin, end, reason) in order, offsets from the line's start."""
    found: list[tuple[int, int, str]] = []
    end = len(line)
    if any(sign in line for sign in rules.TAIL_SIGNS):
        for _ in range(_TAILS_A_LINE):
            match = rules.TAIL.search(line, max(0, end - _TAIL), end)
            if match is None:
                break
            found.append(
                (match.start(), end, reasons.NAVIGATION if "navigation" in match[0] else reasons.COPYRIGHT)
            )
            end = match.start()
            while end and line[end - 1].isspace():
                end -= 1
    if "{" in line and (match := rules.DATA.search(line, 0, end)):
        start = match.start()
        stop = max(line.rfind("]", match.end(), end), line.rfind("}", match.end(), end)) + 1
        # Prose may follow; the quote that closes a dump is none.
        if stop == 0 or not any(map(str.isalnum, line[stop:end])):
            stop = end
        if stop - start > _LONGEST_QUOTED_DATA or not _within_sentence(line, start, stop):
            found.append((start, stop, reasons.DUMP))
    return found[::-1]


def _within_sentence(line: str, start: int, stop: int) -> bool:
    """Whether a sentence begins before `start` and goes on there, or is not at its end at `stop`."""
    before, after = line[:start].rstrip(" \"'“‘([:"), line[stop:].lstrip(" \"'”’)]")
    return bool(before and before[-1] not in _SENTENCE_ENDS) or after[:1].islower() or after[:1] in {",", ";"}


def _reason_of_menu(text: str) -> str | None:
    """Why "Home | Contact us" is furniture: each of its parts is, and the first one's reason counts."""
    if len(text) > rules.LONGEST or not _BARS.search(text):
        return None
    found = [PHRASES.get(_phrase(part)) for part in _BARS.split(text) if part]
    return found[0] if found and all(found) else None


def _phrase(line: str) -> str:
    return line.strip(_EDGES).lower() if len(line) <= _LONGEST_PHRASE else ""


def _is_date(line: str) -> bool:
    """Whether a line is a date and nothing else: numbers and words of dates, a month or a date in figures.

    With a full stop it may be an answer, unless it says what happened then: "Published on 5 June 2016."
    """
    if len(line) > 80 or not any(map(str.isdigit, line)):
        return False
    if line[-1] in "?!" or (line[-1] == "." and not _CLOCK.search(line) and not rules.SAYS_WHEN.match(line)):
        return False
    words = [token.lower() for token in _DATE_TOKEN.findall(line)]
    if not all(word.isdecimal() or word in DATE_WORDS for word in words):
        return False
    return not MONTHS.isdisjoint(words) or _NUMERIC_DATE.search(line) is not None


def _mark_comment_rules(lines: Sequence[str], why: list[str | None]) -> None:
    """A heading "Comments", the rules below it, and the link that ends them."""
    for heading, line in enumerate(lines):
        if _phrase(line) not in COMMENT_HEADINGS:
            continue
        below = heading + 1
        while below < len(lines) and rules.COMMENT_RULE.fullmatch(lines[below]):
            why[heading] = why[below] = reasons.COMMENTS
            below += 1
        if below > heading + 1 and below < len(lines) and _phrase(lines[below]) in COMMENT_HEADINGS:
            why[below] = reasons.COMMENTS


def _mark_link_lists(lines: Sequence[str], why: list[str | None]) -> None:
    """Headlines below "Related articles" and the like: short lines, up to one that ends like a sentence."""
    left = 0
    for index, line in enumerate(lines):
        if _phrase(line) in LINK_LISTS:
            left = _LINKS_IN_A_LIST
        elif left and why[index] is None:
            left = left - 1 if len(line) <= _LONGEST_LINK and line[-1] not in _SENTENCE_ENDS else 0
            why[index] = reasons.LINK if left else None


def _mark_repeats(lines: Sequence[str], why: list[str | None]) -> None:
    """Later copies of the headline and of blocks of lines; a short line that comes again alone is no copy."""
    kept = [index for index, reason in enumerate(why) if reason is None]
    keys = [" ".join(lines[index].split()) for index in kept]
    first: dict[str, int] = {}
    run: list[int] = []
    for position, key in enumerate(keys):
        copied = first.setdefault(key, position)
        if copied == 0 < position and _SHORTEST_HEADLINE <= len(key) <= rules.LONGEST:
            why[kept[position]] = reasons.HEADLINE
        in_run = copied < position
        if run and not (in_run and copied == first[keys[run[-1]]] + 1):
            _mark_run(run, keys, kept, why)
            run = []
        if in_run:
            run.append(position)
    _mark_run(run, keys, kept, why)


def _mark_run(run: Sequence[int], keys: Sequence[str], kept: Sequence[int], why: list[str | None]) -> None:
    if sum(len(key) for key in {keys[position] for position in run}) < _SUBSTANTIAL:
        return
    for position in run:
        why[kept[position]] = why[kept[position]] or reasons.REPEAT
