"""Few labels: learning curves of several systems on small random samples of one set of examples.

    python -m conflict_events.eval.few_shot LABELLED -o eval/results/few_shot/TASK

For a foreign task, give files with its labels and a labelling config that names them. A part of the examples
is put aside to measure on, by group; samples are drawn from the rest. Cells (a system, a size, a seed) that
are in the folder already are not done again, so that an interrupted command goes on.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conflict_events.annotations.options import CorporaOption, LabelsConfigOption
from conflict_events.errors import DataError
from conflict_events.eval.command import error_in_a_line, rising_numbers
from conflict_events.eval.few_shot_cells import Cell, Cells
from conflict_events.training.data import Example

if TYPE_CHECKING:
    from conflict_events.eval.baselines import System

SIZES = "50,100,200,500"
OURS = "few-shot"
# Our recipe without the labels' names.
NAMELESS = f"{OURS}-nameless"
# What our recipe is told; it decides the rest by the sample.
_TOLD: Mapping[str, Mapping[str, bool]] = {
    OURS: {},
    NAMELESS: {"names": False},
    f"{OURS}-linear": {"tuned": False},
    f"{OURS}-tuned": {"tuned": True},
}
# SetFit's recipe with its package's templated examples beside the real ones.
CONTRASTIVE_NAMES = "contrastive-names"
# What SetFit's recipe is told; "apart" counts two sentences without labels as unlike, as its package does.
_RIVAL_TOLD: Mapping[str, Mapping[str, bool]] = {
    "contrastive": {},
    CONTRASTIVE_NAMES: {"names": True},
    "contrastive-apart": {"unlabelled_alike": False},
    f"{CONTRASTIVE_NAMES}-apart": {"names": True, "unlabelled_alike": False},
}
# SetFit's paper draws 40 pairs a sentence: for 500 sentences a quarter of an hour on two cores, each time.
PAIRS = 600


def draw_sample(examples: Sequence[Example], size: int, labels: Sequence[str], *, seed: int) -> list[Example]:
    """A random sample in which every label occurs, as a user who needs the labels would see to.

    Of each label two examples are drawn first, then any. A larger sample of a seed holds the smaller ones.
    Raises DataError where there are fewer examples than asked for.
    """
    if size > len(examples):
        raise DataError(f"a sample of {size} was asked for, of {len(examples)} examples")
    order = list(examples)
    random.Random(seed).shuffle(order)
    first: dict[str, Example] = {}
    for label in labels:
        for example in [example for example in order if label in example.labels][:2]:
            first.setdefault(example.id, example)
    rest = [example for example in order if example.id not in first]
    return [*first.values(), *rest][:size]


def measure_cells(
    systems: Mapping[str, Callable[[int], System]],
    pool: Sequence[Example],
    labels: Sequence[str],
    cells: Cells,
    *,
    sizes: Sequence[int],
    seeds: int,
    say: Callable[[str], None] = lambda message: None,
) -> None:
    """Let every system (made from a seed) learn from samples of `pool`, and score the test part of `cells`.

    All systems see the same samples, and compute in bfloat16 where the device is fast in it, as our recipes
    do by themselves. The test part must share no group with `pool`.
    """
    from conflict_events.eval.models import FewShot, Recipe

    for seed in range(seeds):
        for size in sizes:
            sample = draw_sample(pool, size, labels, seed=seed)
            for name, make in systems.items():
                if (name, size, seed) in cells:
                    continue
                began = time.monotonic()
                system = make(seed)
                with contextlib.nullcontext() if isinstance(system, (FewShot, Recipe)) else _computing_fast():
                    system.fit(sample)
                    scores = system.scores(cells.test)
                seconds = time.monotonic() - began
                cells.add(Cell(name, size, seed, scores, system.thresholds, seconds))
                figures = cells.figures(name, size, seed)
                say(
                    f"{size} sentences, seed {seed}: {name} micro F1 {100 * figures['micro_f1']:.1f}, "
                    f"average precision {100 * figures['average_precision']:.1f}, {seconds:.0f} s"
                )


@error_in_a_line
def few_shot(
    data: Annotated[list[Path], typer.Argument(help="Labelled sentences.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the curves.")],
    systems: Annotated[
        str,
        typer.Option(
            help=f"{OURS} (also -linear, -tuned, -nameless), recipe and baselines (contrastive also -names, "
            "-apart, -names-apart): a,b."
        ),
    ] = f"{OURS},{NAMELESS},contrastive,{CONTRASTIVE_NAMES},trainer,frozen",
    sizes: Annotated[str, typer.Option(help="Sizes of the samples: a,b.")] = SIZES,
    seeds: Annotated[int, typer.Option(min=1, help="Samples of each size.")] = 3,
    test_sentences: Annotated[int, typer.Option(min=1, help="About how many sentences to measure on.")] = 600,
    development: Annotated[
        bool, typer.Option("--development", help="Leave the test part alone: measure on a part of the rest.")
    ] = False,
    base: Annotated[str | None, typer.Option(help="What systems start from, as in scripts/train.py.")] = None,
    other_base: Annotated[
        str | None, typer.Option(help="What our recipe and the frozen encoder start from, besides.")
    ] = None,
    other_name: Annotated[str, typer.Option(help="What the other base is called in the results.")] = "other",
    labels_config: LabelsConfigOption = None,
    corpora: CorporaOption = None,
    pairs: Annotated[
        int, typer.Option(min=1, help="Pairs that SetFit's recipe learns from, at most.")
    ] = PAIRS,
) -> None:
    """Measure learning curves and write curves.json, curves.md, curves.png, and scores.npz to go on from."""
    from conflict_events.annotations.label_config import read_label_config
    from conflict_events.eval.few_shot_report import write_curves
    from conflict_events.training.data import read_examples

    labels = read_label_config(labels_config).labels
    pool, test = hold_out_part(read_examples(data, labels, corpora), test_sentences, labels)
    if development:
        pool, test = hold_out_part(pool, test_sentences, labels)
    names = list(dict.fromkeys(name.strip() for name in systems.split(",") if name.strip()))
    starts = {name: (name, base) for name in names}
    if other_base is not None:
        starts |= {
            f"{name} from {other_name}": (name, other_base) for name in names if name in (OURS, "frozen")
        }
        if len(starts) == len(names):
            raise DataError(f"--other-base is for {OURS} and frozen, and neither is among the systems")
    makers = {told: maker(name, labels, start, pairs) for told, (name, start) in starts.items()}
    made_from = {told: _made_from(name, start, pairs) for told, (name, start) in starts.items()}
    samples = rising_numbers("--sizes", sizes, len(pool))
    cells = Cells(output, labels, test, pool, made_from)
    try:
        measure_cells(
            makers,
            pool,
            labels,
            cells,
            sizes=samples,
            seeds=seeds,
            say=lambda message: typer.echo(message, err=True),
        )
    finally:
        if cells.points:
            write_curves(cells, output)


def hold_out_part(
    examples: Sequence[Example], sentences: int, labels: Sequence[str]
) -> tuple[list[Example], list[Example]]:
    """Split into a pool and about so many sentences to measure on; near-duplicates stay on one side.

    Always the same for the same examples.
    """
    from conflict_events.training.near_duplicates import join_near_duplicates
    from conflict_events.training.splits import hold_out

    if sentences >= len(examples):
        raise DataError(f"{sentences} sentences to measure on were asked for, of {len(examples)}")
    return hold_out(join_near_duplicates(examples), sentences / len(examples), labels=labels, seed=0)


def maker(name: str, labels: Sequence[str], base: str | None, pairs: int) -> Callable[[int], System]:
    """From a seed the system of a name, which learns from at most so many pairs if it learns from pairs."""
    from conflict_events.eval.baselines import make_system
    from conflict_events.eval.contrastive import ContrastiveEncoder
    from conflict_events.eval.models import FewShot, Recipe

    if name in _TOLD:
        return lambda seed: FewShot(labels, base=base, seed=seed, **_TOLD[name])
    if name == "recipe":
        return lambda seed: Recipe(labels, base=base, seed=seed)
    if name in _RIVAL_TOLD:
        return lambda seed: ContrastiveEncoder(
            labels, base=base, seed=seed, max_pairs=pairs, **_RIVAL_TOLD[name]
        )
    system = make_system(name, labels, base=base)
    if name == "trainer":
        return lambda seed: make_system(name, labels, base=base, seed=seed)
    return lambda seed: system  # which has no chance in it, and need not be loaded again


def _made_from(name: str, base: str | None, pairs: int) -> str:
    """What a system depends on beside labels, samples and seed."""
    from conflict_events.eval.baselines import FROM_BASE
    from conflict_events.training.base import find_base

    found = find_base(base) if name in (*_TOLD, *_RIVAL_TOLD, *FROM_BASE, "recipe") else None
    told = [f"{found.name} {found.weights_sha256[:12]}"] if found else []
    return ", ".join([*told, f"{pairs} pairs"] if name in _RIVAL_TOLD else told)


@contextlib.contextmanager
def _computing_fast() -> Iterator[None]:
    import torch

    from conflict_events.training.device import fast_in_bf16

    device = "cuda" if torch.cuda.is_available() else "cpu"
    # The cache keeps the first copy of each weight in 16 bits until the outermost context ends: around a
    # whole training, all steps would be computed with the weights of the first.
    with torch.autocast(device, dtype=torch.bfloat16, enabled=fast_in_bf16(), cache_enabled=False):
        yield


if __name__ == "__main__":
    typer.run(few_shot)
