"""Does `annotate suggest` pay? Learning curves of its picks against random picks from one pool.

    python -m conflict_events.eval.suggestions FILE -o eval/results/suggestions

A simulated annotator answers with the labels that the file has. Both ways start from the same few random
sentences; at each size a model is trained from the base on what has been annotated so far, and its scores
choose what is annotated up to the next size. The test part is held out by group and never chosen from.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from conflict_events.annotations.label_config import read_label_config
from conflict_events.annotations.options import CorporaOption
from conflict_events.annotations.suggest import suggest
from conflict_events.eval.command import error_in_a_line, rising_numbers
from conflict_events.eval.scores import figures
from conflict_events.output.folders import make_folder
from conflict_events.pages.whole_file import whole_file, write_whole
from conflict_events.training.data import Example, read_examples
from conflict_events.training.near_duplicates import join_near_duplicates
from conflict_events.training.settings import Settings
from conflict_events.training.splits import hold_out

WAYS = ("suggested", "random")
START = 50
BATCH_SIZE = 16
EPOCHS = 5
LEAST_STEPS = 150
"""A model learns for `EPOCHS` epochs, or for more where they would be fewer steps than these."""
THRESHOLD = 0.5
"""Too little is annotated at these sizes to tune thresholds, so all are the middle."""


@dataclass(frozen=True)
class Point:
    """What a model trained on `size` sentences, picked one `way`, reached on the test part."""

    way: str
    seed: int
    size: int
    micro_f1: float
    macro_f1: float
    macro_average_precision: float


def learning_curve(
    pool: Sequence[Example],
    test: Sequence[Example],
    labels: Sequence[str],
    *,
    way: str,
    sizes: Sequence[int],
    seed: int,
) -> list[Point]:
    """Annotate the pool step by step up to each of `sizes` (ascending), and measure after each step."""
    order = list(range(len(pool)))
    random.Random(seed).shuffle(order)
    chosen, points = order[:START], []
    tagger = _train([pool[index] for index in chosen], labels, seed) if way == "suggested" else None
    for size in sizes:
        rest = [index for index in order if index not in set(chosen)]
        wanted = size - len(chosen)
        if tagger is None:
            chosen += rest[:wanted]
        else:
            texts = [pool[index].text for index in rest]
            limits = [THRESHOLD] * len(labels)
            known = [pool[index].text for index in chosen]
            chosen += [
                rest[pick] for pick in suggest(texts, tagger.score(texts), limits, wanted, known=known)
            ]
        model = _train([pool[index] for index in chosen], labels, seed)
        points.append(_measure(model, test, labels, way, seed, size))
        tagger = model if way == "suggested" else None
    return points


def gains(points: Sequence[Point], measure: str, size: int) -> tuple[float, float, float]:
    """Mean gain of suggested over random picks, paired by seed, with its 95 % t interval."""
    from scipy import stats

    value = {(point.way, point.seed): getattr(point, measure) for point in points if point.size == size}
    seeds = sorted({seed for _, seed in value})
    differences = np.array([value["suggested", seed] - value["random", seed] for seed in seeds])
    mean = float(differences.mean())
    reach = float(stats.t.ppf(0.975, len(seeds) - 1) * differences.std(ddof=1) / np.sqrt(len(seeds)))
    return mean, mean - reach, mean + reach


def draw(points: Sequence[Point], measure: str, name: str) -> Any:
    """The two curves, means over seeds with every seed's point, as a matplotlib figure."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    sizes = sorted({point.size for point in points})
    for way, colour, shift in zip(WAYS, ("#0b6e4f", "#a3560c"), (0.985, 1.015), strict=True):
        values = [[getattr(p, measure) for p in points if (p.way, p.size) == (way, size)] for size in sizes]
        axes.plot(sizes, [np.mean(row) for row in values], color=colour, marker="o", label=f"{way} (mean)")
        for size, row in zip(sizes, values, strict=True):
            axes.scatter([size * shift] * len(row), row, color=colour, s=12, alpha=0.5)
    axes.set(xscale="log", xlabel="annotated sentences", ylabel=f"{name} on the test part")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    return figure


@error_in_a_line
def compare(
    data: Annotated[Path, typer.Argument(help="Labelled sentences.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for result.json, plot and table.")],
    sizes: Annotated[str, typer.Option(help="Sentences annotated, ascending.")] = "100,200,400,800",
    seeds: Annotated[int, typer.Option(min=2, help="Random starts; each is a pair of curves.")] = 3,
    test_share: Annotated[float, typer.Option(help="Part of the groups to test on.")] = 0.15,
    corpora: CorporaOption = None,
) -> None:
    """Compare suggested with random picks on labelled sentences."""
    labels = read_label_config().labels
    examples = join_near_duplicates(read_examples(data, labels, corpora))
    pool, test = hold_out(examples, test_share, labels=labels, seed=0)
    wanted = rising_numbers("--sizes", sizes, len(pool))
    points: list[Point] = []
    make_folder(output)
    for seed in range(seeds):
        for way in WAYS:
            points += learning_curve(pool, test, labels, way=way, sizes=wanted, seed=seed)
            for point in points[-len(wanted) :]:
                typer.echo(f"seed {seed}, {way}, {point.size}: micro F1 {point.micro_f1:.4f}", err=True)
    _write(points, wanted, output, pool=len(pool), test=len(test), data=data.name)


def _train(examples: Sequence[Example], labels: Sequence[str], seed: int) -> Any:
    from conflict_events import EventTagger
    from conflict_events.training.reporting import silent
    from conflict_events.training.run import train

    # No validation part: at these sizes every sentence is needed to learn from.
    epochs = max(EPOCHS, -(-LEAST_STEPS * BATCH_SIZE // len(examples)))
    settings = Settings(seed=seed, epochs=epochs, batch_size=BATCH_SIZE, validation_share=0)
    with tempfile.TemporaryDirectory() as folder:
        model = train(examples, labels=labels, output=folder, settings=settings, say=silent)
        return EventTagger.from_pretrained(model)


def _measure(
    tagger: Any, test: Sequence[Example], labels: Sequence[str], way: str, seed: int, size: int
) -> Point:
    truth = np.array([[label in example.labels for label in labels] for example in test])
    scores = tagger.score([example.text for example in test])
    found = figures(truth, scores, np.full(len(labels), THRESHOLD), labels)
    keys = (("micro", "f1"), ("macro", "f1"), ("macro", "average_precision"))
    return Point(way, seed, size, *(float(found[key][0]) for key in keys))


def _write(points: Sequence[Point], sizes: Sequence[int], output: Path, **about: Any) -> None:
    measures = {
        "micro_f1": "micro F1",
        "macro_f1": "macro F1",
        "macro_average_precision": "macro average precision",
    }
    lines = [
        f"{about['pool']:,} sentences to choose from, {about['test']:,} to test on (`{about['data']}`, apart "
        f"by group); {EPOCHS} epochs or {LEAST_STEPS} steps of {BATCH_SIZE} sentences, whichever is more; "
        f"threshold {THRESHOLD} for every label; {START} random sentences to start from. Gains are means "
        "over seeds, paired, with 95 % t intervals.",
        "",
        "| sentences |" + "".join(f" {name}: suggested | random | gain |" for name in measures.values()),
        "|---|" + "---|" * 3 * len(measures),
    ]
    summary: dict[str, Any] = {}
    for size in sizes:
        cells = []
        for measure in measures:
            means = [
                float(np.mean([getattr(p, measure) for p in points if (p.way, p.size) == (way, size)]))
                for way in WAYS
            ]
            gain = gains(points, measure, size)
            cells += [f"{means[0]:.3f}", f"{means[1]:.3f}", "{:+.3f} [{:+.3f}, {:+.3f}]".format(*gain)]
            summary[f"{measure}@{size}"] = dict(zip((*WAYS, "gain"), (*means, gain), strict=True))
        lines.append(f"| {size} | " + " | ".join(cells) + " |")
    rows = [vars(point) for point in points]
    result = {**about, "summary": summary, "points": rows}
    write_whole(output / "result.json", json.dumps(result, indent=1) + "\n")
    write_whole(output / "table.md", "\n".join(lines) + "\n")
    with whole_file(output / "curves.png") as stream:
        draw(points, "micro_f1", measures["micro_f1"]).savefig(stream, format="png", dpi=140)


if __name__ == "__main__":
    typer.run(compare)
