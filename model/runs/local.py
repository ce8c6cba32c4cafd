"""The engine of one machine: one unit after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable

from conflict_events.runs.engine import Options
from conflict_events.runs.run import Run
from conflict_events.runs.work import Progress, tag_unit
from conflict_events.tagger import EventTagger


def run_units(
    run: Run,
    options: Options,
    *,
    on_progress: Callable[[Progress], None],
    on_rejected: Callable[[bytes], None],
) -> None:
    """Tag the units of a run that are not done.

    Within a unit reading, cleaning, splitting and tokenising run ahead of the model, and writing behind it
    (`EventTagger.tag_articles`).
    """
    tagger = EventTagger.from_pretrained(
        run.settings.model,
        device=options.device,
        runtime=options.runtime,
        precision=run.settings.precision,
    )
    for unit in run.pending():
        tag_unit(
            unit,
            tagger,
            run.settings,
            run.folder,
            strict=options.strict,
            on_progress=on_progress,
            on_rejected=on_rejected,
        )
