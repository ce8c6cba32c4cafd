"""`conflict-events clean`: what would be kept out of articles, and why, without a model."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from conflict_events.articles import Article
    from conflict_events.errors import InputError

INPUTS_REJECTED = 2
_LONGEST_SHOWN = 160


def clean(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Articles, as for tag; - for standard input."),
    ],
    kept: Annotated[bool, typer.Option("--kept", help="Show the sentences that are kept, too.")] = False,
    counts: Annotated[
        bool, typer.Option("--counts", help="Show only how often there is what reason.")
    ] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Write one JSON object a piece, texts whole.")
    ] = False,
    input_format: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", help="text, markdown, html, jsonl, csv, tsv or parquet."),
    ] = None,
    text_column: Annotated[str, typer.Option(metavar="NAME", help="Column of the text.")] = "text",
) -> None:
    """Show which text of articles is kept and which is page furniture."""
    from conflict_events.errors import ConflictEventsError
    from conflict_events.printable import printable
    from conflict_events.reading import Columns, read_articles
    from conflict_events.scripts.messages import print_error

    if counts and (kept or jsonl):
        idle = "--kept" if kept else "--jsonl"
        raise ConflictEventsError(f"{idle}: --counts shows no text; leave one of the two out")
    rejected = 0

    def reject(error: InputError) -> None:
        nonlocal rejected
        rejected += 1
        print_error(error)

    tally = Counter[str]()
    articles = 0
    columns = Columns(text=text_column)
    try:
        for article in read_articles(paths, format=input_format, columns=columns, on_error=reject):
            articles += 1
            if not (counts or jsonl):
                print(printable(article.id))
            for piece in _pieces(article):
                tally[piece["reason"]] += 1
                if counts or not (kept or piece["reason"]):
                    continue
                print(json.dumps(piece, ensure_ascii=False) if jsonl else _line(piece))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads our output (head, less) has seen enough; the interpreter's last flush is to fail in
        # silence.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    if counts:
        _print_counts(articles, tally)
    if rejected:
        raise typer.Exit(INPUTS_REJECTED)


def _pieces(article: Article) -> Iterator[dict[str, Any]]:
    """The sentences (with an empty reason) and the furniture of an article, in the order of its text."""
    from conflict_events.reading import split_article

    split = split_article(article)
    spans = [(sentence.begin, sentence.end, "") for sentence in split.sentences]
    spans += [(piece.begin, piece.end, piece.reason) for piece in split.furniture]
    for begin, end, reason in sorted(spans):
        text = article.text[begin:end]
        yield {"article_id": article.id, "begin": begin, "end": end, "reason": reason, "text": text}


def _line(piece: dict[str, Any]) -> str:
    from conflict_events.printable import printable

    text = printable(piece["text"])
    if len(text) > _LONGEST_SHOWN:
        text = text[: _LONGEST_SHOWN - 1] + "…"
    return f"  {piece['reason'] or 'kept':22}{text}"


def _print_counts(articles: int, tally: Counter[str]) -> None:
    pieces = tally.total()
    print(f"{articles:,} articles, {tally.pop('', 0):,} sentences kept, {tally.total():,} pieces kept out:")
    for reason, number in tally.most_common():
        print(f"  {number:7,}  {100 * number / pieces:6.2f} %  {reason}")


if __name__ == "__main__":
    from conflict_events.scripts.cli import main

    main(["clean", *sys.argv[1:]])
