"""`conflict-events tag ... -o out/`: a run into a folder, as the command line shows it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from conflict_events.errors import ConflictEventsError
from conflict_events.runs.errors import RunError
from conflict_events.scripts.progress import Rejections, shown_run
from conflict_events.scripts.signals import INTERRUPTED, TERMINATED, Terminated, stopped_by_signals
from conflict_events.scripts.tag_options import Asked, chosen_thresholds, wanted_labels

if TYPE_CHECKING:
    from conflict_events.runs import Run, Settings
    from conflict_events.runs.engine import Options

DONE, REJECTED = 0, 2


def tag_into_folder(asked: Asked) -> int:
    """Begin a run, or go on with it, and return the exit code.

    Raises:
        ConflictEventsError: the run is refused, or was stopped by something that is to be mended first.
    """
    from conflict_events.runs import open_run
    from conflict_events.runs.engine import engine_named

    if asked.rejected is not None:
        raise ConflictEventsError("--rejected is for one file: a folder has its own, _rejected/")
    started = time.perf_counter()
    engine = engine_named(asked.engine or "local")
    settings = _settings(asked)
    options = _options(asked)
    with stopped_by_signals():
        try:
            with open_run(asked.output, asked.paths, settings) as run:
                if run.finished:
                    return _say_finished(run, quiet=asked.quiet)
                _refuse_earlier_rejections(run, options)
                before = run.done.articles
                with shown_run(run, visible=not asked.quiet and sys.stderr.isatty()) as shown:
                    rejections = Rejections(f"{run.folder}/_rejected/")
                    with _others_words_apart(quiet=asked.quiet):
                        engine.run_units(run, options, on_progress=shown, on_rejected=rejections.tell)
                counts = run.finish().counts
        except KeyboardInterrupt as stopped:
            if not asked.quiet:
                print(f"stopped; the same command goes on in {asked.output}", file=sys.stderr)
            return TERMINATED if isinstance(stopped, Terminated) else INTERRUPTED
    if not asked.quiet:
        summary = counts.summary(settings.labels, time.perf_counter() - started, settings.model_version)
        earlier = f"; {before:,} of the articles were done before" if before else ""
        print(f"{summary}{earlier}{_rejected_place(run)}", file=sys.stderr)
    return REJECTED if counts.rejected else DONE


def _options(asked: Asked) -> Options:
    from conflict_events.runs.engine import Options

    if asked.engine != "ray" and asked.for_ray:
        raise ConflictEventsError(f"{asked.for_ray[0]} is for --engine ray")
    return Options(
        device=asked.device,
        runtime=asked.runtime,
        strict=asked.strict,
        workers=asked.workers,
        cpus_per_worker=asked.cpus_per_worker,
        gpus_per_worker=asked.gpus_per_worker,
        ray_address=asked.ray_address,
    )


def _settings(asked: Asked) -> Settings:
    from conflict_events.model_folder import load_model_folder
    from conflict_events.reading.read import known_format
    from conflict_events.runs.settings import PART_SIZE, UNIT_BYTES, Settings

    if asked.format is None:
        raise RunError(
            f"{asked.output}: is a folder: name a file in it, or say --format parquet, jsonl or csv"
        )
    model = load_model_folder(asked.model)
    return Settings(
        model=asked.model,
        model_version=model.version,
        labels=wanted_labels(asked.labels, model.labels),
        thresholds=chosen_thresholds(asked.thresholds, model.thresholds),
        columns=asked.columns,
        input_format=known_format(asked.input_format),
        format=asked.format,
        compression=asked.compression or "none",
        all_sentences=asked.all_sentences,
        precision=asked.precision,
        part_size=asked.part_size or PART_SIZE,
        unit_bytes=max(1, round(asked.unit_size * 2**20)) if asked.unit_size else UNIT_BYTES,
    )


def _say_finished(run: Run, *, quiet: bool) -> int:
    manifest = run.manifest
    counts = manifest.counts
    if not quiet:
        print(
            f"{run.folder} was finished {manifest.finished}: {counts.articles:,} articles, "
            f"{counts.rejected:,} rejected; nothing to do{_rejected_place(run)}",
            file=sys.stderr,
        )
    return REJECTED if counts.rejected else DONE


def _rejected_place(run: Run) -> str:
    return f"; what was rejected is in {run.folder}/_rejected/" if run.manifest.counts.rejected else ""


def _refuse_earlier_rejections(run: Run, options: Options) -> None:
    if options.strict and run.done.rejected:
        raise ConflictEventsError(
            f"{run.folder}: {run.done.rejected:,} records were rejected before this start, see "
            f"{run.folder}/_rejected/: leave --strict out to go on without them"
        )


@contextmanager
def _others_words_apart(*, quiet: bool) -> Iterator[None]:
    """Keep standard output free of what a library says there: Ray tells on it which workers died of what."""
    with Path(os.devnull).open("w") as nothing, redirect_stdout(nothing if quiet else sys.stderr):
        yield
