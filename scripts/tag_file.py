"""`conflict-events tag` into one file, or onto the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from conflict_events.errors import ConflictEventsError, InputError
from conflict_events.scripts.messages import print_error
from conflict_events.scripts.output_checks import check_output, check_rejected
from conflict_events.scripts.signals import TERMINATED, Terminated, stopped_by_signals
from conflict_events.scripts.tag_options import (
    TABLE,
    Asked,
    chosen_thresholds,
    output_format,
    wanted_labels,
)

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from conflict_events.output import ArticleWriter

DONE, INPUTS_REJECTED = 0, 2


def tag_into_file(asked: Asked) -> int:
    """Tag, and return the exit code; the file appears when it is complete.

    SIGTERM leaves as little behind as Ctrl-C does.
    """
    with stopped_by_signals():
        try:
            return _tag_into_file(asked)
        except Terminated:
            return TERMINATED


def _tag_into_file(asked: Asked) -> int:
    from conflict_events.reading import read_articles
    from conflict_events.runs.counts import Counts
    from conflict_events.runs.work import narrowed
    from conflict_events.scripts.progress import no_progress, shown_progress
    from conflict_events.tagger import EventTagger

    started = time.perf_counter()
    output = asked.output
    check_output(output, asked.paths)  # which tries whether a file can be made, and must be able to clean up
    _refuse_options_of_runs(asked)
    format = output_format(asked.format, output)
    counts = Counts()
    with _rejections(asked) as tell:

        def reject(error: InputError) -> None:
            if asked.strict:
                raise error
            counts.rejected += 1
            tell(error)

        articles = read_articles(
            asked.paths, format=asked.input_format, columns=asked.columns, on_error=reject
        )
        tagger = EventTagger.from_pretrained(
            asked.model, device=asked.device, runtime=asked.runtime, precision=asked.precision
        )
        wanted = wanted_labels(asked.labels, tagger.labels)
        thresholds = chosen_thresholds(asked.thresholds, tagger.thresholds)
        tagged_articles = narrowed(tagger.tag_articles(articles, thresholds=thresholds), wanted)

        show_progress = not asked.quiet and output != "-" and sys.stderr.isatty()
        try:
            with _open_writer(output, format, wanted, all_sentences=asked.all_sentences) as writer:
                with shown_progress() if show_progress else nullcontext(no_progress) as advance:
                    for tagged in tagged_articles:
                        writer.write(tagged)
                        counts.add(tagged)
                        advance(counts)
                if not counts.articles and output != "-":
                    raise ConflictEventsError(f"no article could be tagged; {output} was not written")
        except BrokenPipeError:
            return DONE  # whoever reads our output (head, less) has seen enough
    if not asked.quiet:
        print(counts.summary(wanted, time.perf_counter() - started, tagger.version), file=sys.stderr)
    return INPUTS_REJECTED if counts.rejected else DONE


def _refuse_options_of_runs(asked: Asked) -> None:
    for option, value in (
        ("--engine", asked.engine),
        ("--part-size", asked.part_size),
        ("--unit-size", asked.unit_size),
        ("--compression", asked.compression),
        *((option, "given") for option in asked.for_ray),
    ):
        if value is not None:
            raise ConflictEventsError(f"{option} is for a run into a folder: give one with -o FOLDER/")


@contextmanager
def _rejections(asked: Asked) -> Iterator[Callable[[InputError], None]]:
    """What to do with a rejected record: tell it, and write it where a file is given for that.

    Of many the first are told; the file has all, and appears at the end, also when nothing could be tagged.
    """
    file = asked.rejected
    if file is None:
        yield print_error
        return
    from conflict_events.output import open_stream
    from conflict_events.runs.source import rejection_line
    from conflict_events.scripts.progress import Rejections

    check_rejected(file, asked.output, asked.paths)
    told = Rejections(file)
    failed: ConflictEventsError | None = None
    with open_stream(file) as stream:

        def take(error: InputError) -> None:
            line = rejection_line(error)
            stream.write(line)
            told.tell(line)

        try:
            yield take
        except ConflictEventsError as error:
            failed = error
    if failed is not None:
        raise failed


def _open_writer(
    output: str, format: str, labels: Sequence[str], *, all_sentences: bool
) -> AbstractContextManager[ArticleWriter]:
    from conflict_events.output import ReportingWriter, open_writer

    if format == TABLE:
        from conflict_events.output.table import TableWriter

        return nullcontext(ReportingWriter(TableWriter(labels, all_sentences=all_sentences), output))
    return open_writer(output, format, labels, all_sentences=all_sentences)
