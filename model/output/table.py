"""The table for people: each article with the sentences that report an event, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conflict_events.articles import TaggedArticle, TaggedSentence
from conflict_events.output.columns import shown_sentences
from conflict_events.printable import printable

_COLOURS = ("green", "red", "yellow", "cyan", "magenta", "blue")
_NARROWEST_TEXT = 24


class TableWriter:
    """Prints an article as soon as it is tagged, to standard output; without colour where there is none."""

    def __init__(self, labels: Sequence[str], *, all_sentences: bool) -> None:
        self._colours = {label: _COLOURS[index % len(_COLOURS)] for index, label in enumerate(labels)}
        self._label_width = max(len(label) for label in labels) + len("  0.00")
        self._all_sentences = all_sentences
        self._console = Console(highlight=False, markup=False, emoji=False)

    def write(self, tagged: TaggedArticle) -> None:
        """Print one article."""
        # Rendered first and written by ourselves: a closed pipe is then an error of this call.
        with self._console.capture() as capture:
            self._console.print(self._heading(tagged))
            shown = list(shown_sentences(tagged, all_sentences=self._all_sentences))
            if shown:
                self._console.print(self._sentences([sentence for _, sentence in shown]))
            else:
                self._console.print(Text("  no events found", style="dim"))
            self._console.print()
        sys.stdout.write(capture.get())
        sys.stdout.flush()

    def close(self) -> None:
        """Do nothing: all is printed."""

    def _heading(self, tagged: TaggedArticle) -> Text:
        article = tagged.article
        known = " · ".join(printable(value) for value in (article.source, article.date, article.id) if value)
        heading = Text(printable(article.title) or known, style="bold")
        if article.title:
            heading.append(f"\n{known}", style="not bold dim")
        return heading

    def _sentences(self, sentences: Sequence[TaggedSentence]) -> Table:
        """Labels beside each sentence, or above it where the terminal is too narrow for both."""
        grid = Table.grid(padding=(0, 2))
        beside = self._console.width >= self._label_width + _NARROWEST_TEXT
        if beside:
            grid.add_column(width=self._label_width + 2, no_wrap=True)
        grid.add_column(overflow="fold")
        for sentence in sentences:
            labels = Text("\n").join(self._label(label, sentence.scores[label]) for label in sentence.labels)
            text = Text(printable(sentence.text), style="" if sentence.labels else "dim")
            if beside:
                grid.add_row(labels, text)
                continue
            if sentence.labels:
                grid.add_row(labels)
            grid.add_row(text)
        return grid

    def _label(self, label: str, score: float) -> Text:
        return Text(f"  {label:<{self._label_width - 4}}{score:.2f}", style=self._colours[label])
