"""Sentences a second from sentences to scores, for the tagger in each precision and for its alternatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conflict_events import EventTagger
from conflict_events.eval.benchmark.material import Material
from conflict_events.eval.benchmark.rivals import (
    encode_case,
    pipeline_cases,
    tagger_case,
    tfidf_case,
)
from conflict_events.eval.benchmark.rounds import Case, Rate, rates
from conflict_events.eval.benchmark.ways import name_of, ways

OURS = "conflict-events"


@dataclass(frozen=True, slots=True)
class Throughput:
    """The rates on a device; `ours` names the case that `EventTagger` chooses by itself there."""

    device: str
    ours: str
    rates: tuple[Rate, ...]
    peak_gpu_bytes: int

    def ratio_to(self, rate: Rate) -> float:
        """How many times faster our case is: the medians' ratio."""
        own = next(one for one in self.rates if one.name == self.ours)
        return own.median / rate.median


def measure_throughput(
    model: str | None, material: Material, device: str, *, rounds: int, seconds: float
) -> Throughput:
    """Measure all cases on a device ("cpu" or "cuda"), interleaved."""
    chosen = EventTagger.from_pretrained(model, device=device)
    ours = _name(chosen)
    others = [tagger for tagger in ways(model, device) if _name(tagger) != ours]
    cases = [tagger_case(tagger, _name(tagger)) for tagger in (chosen, *others)]
    folder = chosen.folder.path
    cases += pipeline_cases(folder, device, material.sentences)
    if device == "cuda":
        cases += pipeline_cases(folder, device, material.sentences, precision="bf16")
    cases += [encode_case(device, len(chosen.labels))]
    cases += [tfidf_case(material.sentences, len(chosen.labels))]
    measured = rates(cases, material.sentences, rounds=rounds, seconds=seconds)
    return Throughput(device, ours, tuple(measured), _peak_gpu_bytes(cases[0], material.sentences, device))


def _name(tagger: EventTagger) -> str:
    return f"{OURS}, {name_of(tagger)}"


def _peak_gpu_bytes(case: Case, sentences: Sequence[str], device: str) -> int:
    if device != "cuda":
        return 0
    import torch

    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    case.run(sentences)
    return torch.cuda.max_memory_allocated() - before
