"""Tagged sentences as a piece of HTML, for a notebook's cell."""

from __future__ import annotations

from collections.abc import Sequence

from conflict_events.articles import TaggedSentence
from conflict_events.pages.label_styles import label_styles
from conflict_events.pages.templates import render


def to_html(sentences: Sequence[TaggedSentence], labels: Sequence[str] | None = None) -> str:
    """Return the sentences as an HTML fragment with its own style sheet and no script.

    `labels` gives the order of the labels; by default it is that of the first sentence's scores. Where a
    notebook strips style sheets, the labels still stand before each sentence in words.
    """
    order = labels if labels is not None else tuple(sentences[0].scores) if sentences else ()
    styles = label_styles(order)
    return render("fragment.html", {"labels": styles, "sentences": sentences}).strip()
