"""A whole benchmark: its sections one after the other, on the CPU and on the GPU where there is one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conflict_events.errors import ConflictEventsError
from conflict_events.eval.benchmark.cold_start import ColdStart, measure_cold_start
from conflict_events.eval.benchmark.end_to_end import EndToEnd, measure_end_to_end
from conflict_events.eval.benchmark.growth import SIZES, Growth, measure_growth
from conflict_events.eval.benchmark.machine import Machine, this_machine
from conflict_events.eval.benchmark.material import read_material
from conflict_events.eval.benchmark.memory import SIZES as MEMORY_SIZES
from conflict_events.eval.benchmark.memory import Memory, measure_memory
from conflict_events.eval.benchmark.parity import Parity, measure_parity
from conflict_events.eval.benchmark.throughput import Throughput, measure_throughput
from conflict_events.eval.benchmark.training_speed import TrainingSpeed, measure_training, read_training
from conflict_events.model_folder import load_model_folder
from conflict_events.training.data import Example

SECTIONS = ("throughput", "end-to-end", "cold-start", "parity", "training", "growth", "memory")
_PARITY_SENTENCES = 5_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: sections by name, rounds of about `seconds` each, and at most so many articles."""

    model: str | None = None
    articles: tuple[str, ...] = ()
    training: tuple[Path, ...] = ()
    corpora: Path | None = None
    sections: tuple[str, ...] = SECTIONS
    rounds: int = 5
    seconds: float = 4.0
    most_articles: int = SIZES[-1]
    most_short_articles: int = 100_000
    end_to_end_articles: int = 1_000


@dataclass(frozen=True, slots=True)
class Benchmark:
    """All that was measured; a section that was not asked for is empty.

    model: the version of the model that was measured. command: what measured it.
    """

    machine: Machine
    material: str
    articles: int
    sentences: int
    different_sentences: int
    throughput: tuple[Throughput, ...] = ()
    end_to_end: tuple[EndToEnd, ...] = ()
    cold_start: tuple[ColdStart, ...] = ()
    parity: tuple[Parity, ...] = ()
    training: tuple[TrainingSpeed, ...] = ()
    growth: tuple[Growth, ...] = ()
    memory: tuple[Memory, ...] = ()
    plan: Plan = field(default_factory=Plan)
    model: str = ""
    command: str = ""


def run_benchmark(plan: Plan, say: Callable[[str], None], *, command: str = "") -> Benchmark:
    """Measure what the plan asks for, telling each section to `say` as it starts; `command` is recorded.

    Raises:
        ConflictEventsError: a section is unknown, the model, the articles or the sentences to train on cannot
        be read, or a process failed.
    """
    for section in plan.sections:
        if section not in SECTIONS:
            raise ConflictEventsError(f"no section {section!r}; there are {', '.join(SECTIONS)}")
    machine = this_machine()
    material = read_material(plan.articles)
    examples = _training_examples(plan)
    devices = ("cpu", "cuda") if machine.gpu else ("cpu",)

    def wanted(section: str, devices: Sequence[str]) -> Sequence[str]:
        if section not in plan.sections:
            return ()
        say(f"{section} on {' and '.join(devices)}")
        return devices

    with tempfile.TemporaryDirectory(prefix="conflict-events-benchmark-") as folder:
        scratch = Path(folder)
        return Benchmark(
            machine,
            material.name,
            len(material.articles),
            len(material.sentences),
            len(material.different),
            throughput=tuple(
                measure_throughput(plan.model, material, device, rounds=plan.rounds, seconds=plan.seconds)
                for device in wanted("throughput", devices)
            ),
            end_to_end=tuple(
                measure_end_to_end(
                    plan.model,
                    material,
                    device,
                    scratch,
                    rounds=plan.rounds,
                    articles=min(plan.end_to_end_articles, plan.most_articles),
                )
                for device in wanted("end-to-end", devices)
            ),
            cold_start=_cold_start(plan, wanted("cold-start", devices[:1])),
            parity=tuple(
                one
                for device in wanted("parity", devices)
                for one in measure_parity(plan.model, material.different[:_PARITY_SENTENCES], device)
            ),
            training=tuple(measure_training(examples, scratch) for _ in wanted("training", devices[-1:])),
            growth=tuple(
                measure_growth(plan.model, material, device, scratch, _sizes(plan))
                for device in wanted("growth", devices)
            ),
            memory=tuple(
                measure_memory(
                    plan.model,
                    material,
                    device,
                    scratch,
                    [size for size in MEMORY_SIZES if size <= plan.most_short_articles],
                )
                for device in wanted("memory", devices[:1])
            ),
            plan=plan,
            model=load_model_folder(plan.model).version,
            command=command,
        )


def _training_examples(plan: Plan) -> list[Example]:
    """What to measure training with, read before anything is measured; none where it is not asked for."""
    if "training" in plan.sections:
        return read_training(plan.training, plan.corpora)
    if plan.training or plan.corpora:
        raise ConflictEventsError(
            "--training and --corpora are of use where training is measured; leave them out, or name that "
            f"section, too: --only {','.join((*plan.sections, 'training'))}"
        )
    return []


def _cold_start(plan: Plan, devices: Sequence[str]) -> tuple[ColdStart, ...]:
    return measure_cold_start(plan.model, rounds=plan.rounds) if devices else ()


def _sizes(plan: Plan) -> list[int]:
    return [size for size in SIZES if size <= plan.most_articles]
