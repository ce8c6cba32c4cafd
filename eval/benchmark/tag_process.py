"""Run by `growth`: tags a file in this process, and prints its time and greatest memory in JSON.

python -m conflict_events.eval.benchmark.tag_process SOURCE TARGET DEVICE [MODEL]
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from conflict_events import EventTagger
from conflict_events.eval.benchmark.end_to_end import tag_file
from conflict_events.eval.benchmark.rounds import timed


def main(source: str, target: str, device: str, model: str | None = None) -> None:
    """Tag `source` into `target`; the time counts from when the model is loaded."""
    tagger = EventTagger.from_pretrained(model, device=device)
    counted: list[int] = []
    seconds = timed(lambda: counted.append(tag_file(tagger, Path(source), Path(target))))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in kilobytes, macOS in bytes.
    peak_bytes = peak if sys.platform == "darwin" else 1024 * peak
    print(json.dumps({"sentences": counted[0], "seconds": seconds, "peak_bytes": peak_bytes}))


if __name__ == "__main__":
    main(*sys.argv[1:])
