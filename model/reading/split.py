"""An article's sentences and its furniture: all that is not white space belongs to one or the other."""

from __future__ import annotations

from dataclasses import dataclass

from ..articles import Article, Furniture, Sentence
from .furniture import furniture_in_line, reason_of, reasons_of_lines
from .sentences import line_spans, spans_in_line


@dataclass(frozen=True, slots=True)
class SplitArticle:
    """What is to be tagged and what is kept out, both in the order of the text."""

    sentences: tuple[Sentence, ...]
    furniture: tuple[Furniture, ...]


def split_article(article: Article) -> SplitArticle:
    """Split an article into sentences, furniture kept out with its reasons.

    The spans of both lie within the text, in order, without overlap, and cover all of it but white space.
    """
    text = article.text
    spans = list(line_spans(text))
    reasons = reasons_of_lines([text[begin:end] for begin, end in spans])
    sentences: list[Sentence] = []
    furniture: list[Furniture] = []
    for (begin, end), reason in zip(spans, reasons, strict=True):
        if reason is not None:
            furniture.append(Furniture(begin, end, reason))
            continue
        prose = begin
        for start, stop, why in furniture_in_line(text[begin:end]):
            _split_prose(text, prose, begin + start, sentences, furniture)
            furniture.append(Furniture(begin + start, begin + stop, why))
            prose = begin + stop
        _split_prose(text, prose, end, sentences, furniture)
    return SplitArticle(tuple(sentences), tuple(furniture))


def _split_prose(
    text: str, begin: int, end: int, sentences: list[Sentence], furniture: list[Furniture]
) -> None:
    if begin == end:
        return
    for start, stop in spans_in_line(text, begin, end):
        sentence = text[start:stop]
        reason = reason_of(sentence)
        if reason is None:
            sentences.append(Sentence(sentence, start, stop))
        else:
            furniture.append(Furniture(start, stop, reason))
