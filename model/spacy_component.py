"""The spaCy component: `nlp.add_pipe("conflict_events")`.

    nlp = spacy.blank("en")
    nlp.add_pipe("conflict_events", config={"thresholds": {"advance": 0.7}})
    doc = nlp(text)
    for span in doc.spans["conflict_events"]:
        print(span.label_, span.text)
    doc[10:20]._.events

spaCy finds the component by the entry point in pyproject.toml and imports this module whenever it makes any
pipeline, so that what is imported here is light.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from conflict_events.articles import Article, TaggedArticle

if TYPE_CHECKING:
    from conflict_events.tagger import EventTagger

NAME = "conflict_events"
_BATCH = 128


class ConflictEvents:
    """Finds the events that a Doc's text reports.

    `doc.spans["conflict_events"]` gets a span for each label of each sentence: `span.label_` is the label,
    and the group's `attrs["scores"]` has the scores in the order of the spans. `span._.events` of any span
    has the labels, in that order, of the sentences it shares a token with. The sentences are those of
    `EventTagger.tag`, furniture left out, widened to whole tokens; the pipeline needs no parser.
    """

    def __init__(self, tagger: EventTagger, thresholds: Mapping[str, float]) -> None:
        self.tagger = tagger
        self.thresholds = thresholds
        tagger.tag_articles([], thresholds=thresholds)  # so that a mistaken label is told at once
        set_extensions()

    def __call__(self, doc: Doc) -> Doc:
        """Tag one Doc."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], batch_size: int = _BATCH) -> Iterator[Doc]:
        """Tag Docs as they come, so many at a time."""
        waiting = iter(stream)
        while docs := list(islice(waiting, batch_size)):
            articles = [Article("", doc.text) for doc in docs]
            tagged = self.tagger.tag_articles(articles, thresholds=self.thresholds)
            for doc, article in zip(docs, tagged, strict=True):
                doc.spans[NAME] = _events(doc, article)
                yield doc


@Language.factory(
    NAME,
    assigns=["doc.spans", "span._.events"],
    default_config={"model": None, "device": "auto", "thresholds": {}},
)
def make_conflict_events(
    nlp: Language, name: str, model: str | None, device: str, thresholds: dict[str, float]
) -> ConflictEvents:
    """Make the component; `model` is a folder or hub id (None: the shipped one), `thresholds` replace some.

    Raises:
        ModelError: the model cannot be loaded, or `thresholds` names a label that it lacks.
    """
    from conflict_events.tagger import EventTagger

    return ConflictEvents(EventTagger.from_pretrained(model, device=device), thresholds)


def set_extensions() -> None:
    """Register `span._.events`; a Doc read from disk needs it, too, where no pipeline was made."""
    if not Span.has_extension("events"):
        Span.set_extension("events", getter=_labels_within)


def _events(doc: Doc, tagged: TaggedArticle) -> SpanGroup:
    spans, scores = list[Span](), list[float]()
    for sentence in tagged.sentences:
        for label in sentence.labels:
            span = doc.char_span(sentence.begin, sentence.end, label=label, alignment_mode="expand")
            if span is not None:
                spans.append(span)
                scores.append(sentence.scores[label])
    return SpanGroup(doc, name=NAME, spans=spans, attrs={"scores": scores})


def _labels_within(span: Span) -> tuple[str, ...]:
    events = span.doc.spans.get(NAME, ())
    labels = [event.label_ for event in events if event.start < span.end and span.start < event.end]
    return tuple(dict.fromkeys(labels))
