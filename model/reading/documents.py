"""One article a file: plain text, Markdown and HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import InputError
from .encoding import binary_kind, decode, mend
from .streams import open_bytes, read_document

if TYPE_CHECKING:
    from trafilatura.settings import Document as Extracted

# The HTML standard has the declaration stand within the first 1,024 bytes.
_DECLARED = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE
)
_FRONT_MATTER = re.compile(r"---[ \t]*\n((?:[^\n]*\n){0,50}?)---[ \t]*(?:\n|$)")
# Heading marks, list and quote marks, images, links, emphasis, and what of each stays. All repetitions are
# bounded.
_MARKS = tuple(
    (re.compile(pattern, re.MULTILINE), kept)
    for pattern, kept in (
        (r"^ {0,3}#{1,6}[ \t]+|(?<![ \t])[ \t]+#+[ \t]*$", ""),
        (r"^ {0,3}(?:[-*+]|>)[ \t]+", ""),
        (r"!\[([^\]\n]{0,200})\]\([^)\n]{0,1000}\)", r"\1"),
        (r"\[([^\]\n]{1,200})\]\([^)\n]{0,1000}\)", r"\1"),
        (r"`([^`\n]{1,200})`", r"\1"),
        (r"(?<!\w)(\*\*\*|\*\*|__|\*|_)(?=\S)([^*_\n]{1,300})(?<=\S)\1(?!\w)", r"\2"),
    )
)
# How trafilatura writes the cells of a table that lays out a page: paragraphs in a row.
_LAYOUT_ROW = re.compile(r"^\|.{0,100}[^|\n]{150}", re.MULTILINE)
_BULLET = re.compile(r"^- ", re.MULTILINE)
# The HTML parser's time grows with the square of the attributes of one tag; pages have some dozens.
_MOST_ATTRIBUTES = 20_000
_TAG = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))|<(?P<name>[a-zA-Z][^\s/>]*)", re.DOTALL)
_RAW_ENDS = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style")}
_ATTRIBUTE = re.compile(r"[\s/]*[^\s/>][^\s/>=]*(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]*))?")


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a file and what the file itself says of it; empty where it says nothing."""

    text: str
    title: str = ""
    source: str = ""
    date: str = ""


def read_text(path: str) -> Document:
    """A plain text file."""
    return Document(_checked(mend(_newlines(decode(_read(path)))), path))


def read_markdown(path: str) -> Document:
    """A Markdown file, its marks removed; title, source and date are taken from front matter."""
    text = _newlines(decode(_read(path)))
    front: dict[str, str] = {}
    if match := _FRONT_MATTER.match(text):
        text = text[match.end() :]
        for line in match[1].splitlines():
            name, _, value = line.partition(":")
            front[name.strip().lower()] = mend(value.strip().strip("\"'"))
    for pattern, replacement in _MARKS:
        text = pattern.sub(replacement, text)
    known = (front.get(name, "") for name in ("title", "source", "date"))
    return Document(_checked(mend(text), path), *known)


def read_html(path: str) -> Document:
    """A web page: its article, found by trafilatura, and the title, outlet and date that it declares."""
    data = _read(path)
    declared = _DECLARED.search(data[:1024])
    page = _checked(decode(data, declared[1].decode("ascii", "replace") if declared else None), path)
    _refuse_many_attributes(page, path)
    found = _extracted(page, tables=True)
    if found and _LAYOUT_ROW.search(found.text or ""):
        # With its tables the page's paragraphs would be one line.
        without = _extracted(page, tables=False)
        found = without if without and without.text else found
    if not found or not (text := mend(found.text or "")).strip():
        raise InputError("no article was found in the page: save its text as .txt", path=path)
    return Document(
        _BULLET.sub("", text), mend(found.title or ""), mend(found.sitename or ""), found.date or ""
    )


def _refuse_many_attributes(page: str, path: str) -> None:
    """Read the tags of a page once, from its begin to its end, and refuse one that no page has.

    In comments, scripts and styles there are no tags, whatever stands there.
    """
    if len(page) < 2 * _MOST_ATTRIBUTES:
        return
    position = 0
    while tag := _TAG.search(page, position):
        position = tag.end()
        if tag["name"] is None:
            continue
        for _ in range(_MOST_ATTRIBUTES):
            if not (attribute := _ATTRIBUTE.match(page, position)):
                break
            position = attribute.end()
        else:
            raise InputError(
                f"a tag with {_MOST_ATTRIBUTES:,} attributes or more: save the page's text as .txt",
                path=path,
                line=page.count("\n", 0, tag.start()) + 1,
            )
        if end := _RAW_ENDS.get(tag["name"].lower()):
            found = end.search(page, position)
            position = found.end() if found else len(page)


def _extracted(page: str, *, tables: bool) -> Extracted | None:
    from trafilatura import bare_extraction

    # Dates are taken from the page's own statements; an extensive search would guess them from its text.
    dates = {"extensive_search": False, "original_date": True}
    found = bare_extraction(
        page,
        include_comments=False,
        include_tables=tables,
        with_metadata=True,
        date_extraction_params=dates,
    )
    return None if isinstance(found, dict) else found


def _read(path: str) -> bytes:
    with open_bytes(path) as stream:
        data = read_document(stream, path)
    if not data:
        raise InputError("is empty: remove it, or fill it", path=path)
    if kind := binary_kind(data):
        raise InputError(f"is {kind}, not text: convert it to text, or leave it out", path=path)
    return data


def _newlines(text: str) -> str:
    """Line ends as Python's own text mode gives them, so that offsets fit what `Path.read_text` returns."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _checked(text: str, path: str) -> str:
    if not text.strip():
        raise InputError("holds nothing but white space: remove it, or fill it", path=path)
    return text
