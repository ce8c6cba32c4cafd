"""One unit, from its inputs to its parts: what a worker of any engine does."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import BinaryIO

from conflict_events.articles import TaggedArticle
from conflict_events.errors import ModelError
from conflict_events.output import writer_to
from conflict_events.output.files import reported
from conflict_events.runs.counts import Counts
from conflict_events.runs.plan import Unit
from conflict_events.runs.record import Part, UnitRecord, part_names, read_record, write_record
from conflict_events.runs.settings import Settings
from conflict_events.runs.source import Place, Source
from conflict_events.runs.storage import Folder, open_folder
from conflict_events.tagger import EventTagger


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a unit is, with what was done before: bytes of its inputs read, and counts."""

    unit: int
    bytes: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class UnitResult:
    """What a unit came to; `parts` are those of all times it was worked on."""

    unit: int
    counts: Counts
    parts: tuple[Part, ...]


def tag_unit(
    unit: Unit,
    tagger: EventTagger,
    settings: Settings,
    folder: str,
    *,
    strict: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    on_rejected: Callable[[bytes], None] | None = None,
) -> UnitResult:
    """Tag a unit's articles into parts of the run's folder (a path or URL), from where it was left.

    A part and the file of what was rejected in it appear whole, and count once the unit's record names them;
    a part that is there without being named is written again, with the same articles. The chunks that are
    scored together begin with a part, so that on the same machine the same model gives the same parts,
    however often the work was stopped. A unit that is done is left as it is.

    `on_progress` is called after each article, `on_rejected` with the JSON line of each rejected record.

    Raises:
        ModelError: the tagger is not the run's model.
        InputError: a record was rejected, with `strict`; or a store does not answer.
        ChangedInputError: an input is no longer what it was.
        OutputError: the folder cannot be written (a full disk, say); what is written stays good.
    """
    if tagger.version != settings.model_version:
        raise ModelError(f"the model is {tagger.version}, and the run's is {settings.model_version}")
    place = open_folder(folder)
    record = read_record(place, unit.number)
    if record.done:
        return _result(record)
    runtime = tagger.runtime
    record = replace(record, computed_by=f"{runtime.name} {runtime.device} {runtime.precision}")
    start = (record.inputs_done, record.records_done)
    source = Source(unit, settings.columns, start, strict=strict)
    tagged = tagger.tag_articles(source, thresholds=settings.thresholds, fresh_every=settings.part_size)
    with closing(narrowed(tagged, settings.labels)) as stream:
        while not record.done:
            work = _PartWriter(place, settings, unit.number, record, source, on_rejected)
            record = work.write(islice(stream, settings.part_size), on_progress)
            write_record(place, record)
    if on_progress is not None:
        on_progress(Progress(unit.number, unit.size, record.counts))
    return _result(record)


def narrowed(
    tagged_articles: Iterable[TaggedArticle], labels: Sequence[str]
) -> Generator[TaggedArticle, None, None]:
    """Drop from each sentence the labels that were not asked for."""
    for tagged in tagged_articles:
        sentences = tuple(
            replace(sentence, labels=tuple(label for label in sentence.labels if label in labels))
            for sentence in tagged.sentences
        )
        yield replace(tagged, sentences=sentences)


class _PartWriter:
    """Writes one part and the file of what was rejected in it."""

    def __init__(
        self,
        folder: Folder,
        settings: Settings,
        unit: int,
        record: UnitRecord,
        source: Source,
        on_rejected: Callable[[bytes], None] | None,
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._record = record
        self._source = source
        self._on_rejected = on_rejected
        self._counts = Counts()
        self._name, self._rejected_name = part_names(unit, len(record.parts), settings.suffix)
        # Opened when there is something to write to it.
        self._open = ExitStack()
        self._rejected_file: BinaryIO | None = None

    def write(
        self, articles: Iterator[TaggedArticle], on_progress: Callable[[Progress], None] | None
    ) -> UnitRecord:
        """Write the articles given; the record with the part they make. Fewer than a part's are the last."""
        first = next(articles, None)
        with self._open:
            place = self._source.end
            if first is not None:
                place = self._write(chain([first], articles), on_progress)
            done = self._counts.articles < self._settings.part_size
            if done:
                place = self._source.end
            self._take_rejected(place)
        part = Part(
            self._name if self._counts.articles else "",
            self._rejected_name if self._counts.rejected else "",
            self._counts.articles,
            self._counts.rejected,
        )
        return self._record.with_part(part, self._counts, (place.inputs, place.records), done=done)

    def _write(
        self, articles: Iterable[TaggedArticle], on_progress: Callable[[Progress], None] | None
    ) -> Place:
        settings = self._settings
        with (
            self._folder.writing(self._name) as stream,
            writer_to(
                stream,
                self._folder.place(self._name),
                settings.format,
                settings.labels,
                all_sentences=settings.all_sentences,
                compression=settings.compression,
            ) as writer,
        ):
            for tagged in articles:
                writer.write(tagged)
                self._counts.add(tagged)
                place = self._source.place_of_next()
                self._take_rejected(place)
                if on_progress is not None:
                    done = self._record.counts + self._counts
                    on_progress(Progress(self._record.unit, place.bytes, done))
        return place

    def _take_rejected(self, place: Place) -> None:
        for line in self._source.rejections.take(place.rejections):
            if self._rejected_file is None:
                self._rejected_file = self._open.enter_context(self._folder.writing(self._rejected_name))
            with reported(self._folder.place(self._rejected_name)):
                self._rejected_file.write(line)
            self._counts.rejected += 1
            if self._on_rejected is not None:
                self._on_rejected(line)


def _result(record: UnitRecord) -> UnitResult:
    return UnitResult(record.unit, record.counts, record.parts)
